import { afterAll, beforeAll, expect, it } from 'vitest';
import type { WorkerLeaseGrant } from '#core';
import { startZooKeeperEnsemble, type ZooKeeperEnsemble } from '../../testing/src/servers/index.js';
import { Crowd } from './crowd.fixture.js';
import { freshRoot } from './zookeeper.fixture.js';

let ensemble: ZooKeeperEnsemble;
beforeAll(async () => void (ensemble = await startZooKeeperEnsemble(3)));
afterAll(() => ensemble.stop());

const SPACE = 1_024;
/** Holders that stay through all generations. */
const SURVIVORS = 24;
const GENERATIONS = 3;
/** Processes of one generation, which register at the same time. */
const CROWDS = 2;
const HOLDERS = (SPACE - SURVIVORS) / CROWDS;
/** One in so many holders stops cleanly; the others end with their session. */
const CLEAN = 5;

it('recycled: 3,000 holders come and go in a space of 1,024 ids, most of them without a word', async () => {
  const root = freshRoot();
  const opened: Crowd[] = [];
  const crowd = () => {
    const one = new Crowd(ensemble.connectString, root, SPACE);
    opened.push(one);
    return one;
  };
  /** Ids that are held now. */
  const live = new Set<number>();
  const last = new Map<number, WorkerLeaseGrant>();
  let registrations = 0;

  function granted(grant: WorkerLeaseGrant): void {
    registrations++;
    const { workerId } = grant;
    expect(live.has(workerId)).toBe(false);
    live.add(workerId);
    const before = last.get(workerId);
    if (before) {
      expect(grant.version).toBeGreaterThan(before.version);
      // Strictly above whatever the one before may have issued.
      expect(grant.floorMs).toBeGreaterThanOrEqual(before.reservedUntilMs);
    }
    last.set(workerId, grant);
  }

  async function end(one: Crowd, grants: readonly WorkerLeaseGrant[]): Promise<void> {
    for (const grant of grants) live.delete(grant.workerId);
    const clean = grants.filter((_, i) => i % CLEAN === 0);
    await Promise.all(clean.map((grant) => one.release(grant, grant.reservedUntilMs)));
    await one.close();
  }

  try {
    const old = crowd();
    let survivors = await old.register(SURVIVORS, granted);
    for (let generation = 0; generation < GENERATIONS; generation++) {
      // oxlint-disable no-await-in-loop -- one generation after the other
      const crowds = Array.from({ length: CROWDS }, crowd);
      const grants = await Promise.all(crowds.map((one) => one.register(HOLDERS, granted)));
      expect(live.size).toBe(SPACE);
      await expect(old.tryRegister()).rejects.toMatchObject({ code: 'WORKER_IDS_EXHAUSTED' });
      survivors = await Promise.all(survivors.map((grant) => old.renew(grant)));
      await Promise.all(crowds.map((one, i) => end(one, grants[i]!)));
      // oxlint-enable no-await-in-loop
    }
    expect(registrations).toBe(3_000 + SURVIVORS);
  } finally {
    await Promise.all(opened.map((one) => one.close()));
  }
}, 240_000);
