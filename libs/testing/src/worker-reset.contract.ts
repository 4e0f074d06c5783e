import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  ResetRefused,
  systemClock,
  systemScheduler,
  WorkerRegistry,
  WorkerReset,
  type AuditedWorkerStore,
  type WorkerLeaseGrant,
  type WorkerRecord,
} from '#core';

export interface AuditedNode {
  workers: AuditedWorkerStore;
  /** Ends the node as a crash does: its session, where there is one, is over. */
  close(): Promise<void>;
}

export interface WorkerResetFixture {
  /** Another connection to the same records. */
  node(): Promise<AuditedNode>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 5_000;
const HOUR_MS = 3_600_000;
/** A lease is over at once, so that nothing has to be waited for. */
const ENDED = { firstWorkerId: 0, lastWorkerId: 9, leaseTtlMs: 1, graceMs: 0 };
const approval = { actor: 'alice@desk', reason: 'clock repaired', timeoutMs: TIMEOUT_MS };

/** What an operator may do to a record that is ahead of the store's clock. `factory` gives empty records each time. */
export function describeWorkerReset(
  name: string,
  factory: () => Promise<WorkerResetFixture>,
): void {
  describe(`worker reset: ${name}`, () => {
    let fixture: WorkerResetFixture;
    let holder: AuditedNode;
    let operator: AuditedWorkerStore;
    beforeEach(async () => {
      fixture = await factory();
      holder = await fixture.node();
      operator = (await fixture.node()).workers;
    });
    afterEach(() => fixture.close());

    const registry = (store: AuditedWorkerStore) =>
      new WorkerRegistry(store, { ...ENDED, maxAheadMs: 2 * HOUR_MS, clock: systemClock });
    const request = { workerId: 0, lowerReservation: false, timeoutMs: TIMEOUT_MS };
    const reset = (terms = ENDED) =>
      new WorkerReset(terms, {
        store: operator,
        scheduler: systemScheduler,
        onWatch: () => expect.unreachable('the time of the last write is known'),
      });
    const plan = (more: Partial<typeof request> = {}, terms = ENDED) =>
      reset(terms).plan({ ...request, owner: randomUUID(), ...more });
    const apply = (planned: Awaited<ReturnType<typeof plan>>) => reset().apply(planned, approval);
    const stored = async (workerId = 0): Promise<WorkerRecord> => {
      const { records } = await operator.within(TIMEOUT_MS, (each) => each.read(workerId));
      return records[0]!;
    };
    const audited = () => operator.auditRecords(100, TIMEOUT_MS);

    /** A node whose clock is an hour ahead takes an id and issues under it. */
    async function runWild(aheadMs = HOUR_MS): Promise<WorkerLeaseGrant> {
      const wallMs = Date.now() + aheadMs;
      const call = { wallMs, reserveUntilMs: wallMs + 10_000, timeoutMs: TIMEOUT_MS };
      const leases = registry(holder.workers);
      const grant = await leases.acquire({ ...call, instance: 'wild', owner: 'wild#1' });
      return leases.renew(grant, { ...call, lastTimestampMs: wallMs });
    }

    /** Its holder is gone, or sleeps for longer than its session lasts. */
    async function fallSilent(): Promise<void> {
      await holder.close();
      await expect.poll(() => plan().catch(() => undefined), { timeout: 20_000 }).toBeDefined();
    }

    it('lowers the last timestamp to the time of the store, keeps the reservation, and is audited', async () => {
      const grant = await runWild();
      await fallSilent();
      const before = await stored();
      const planned = await plan();
      expect(planned.before).toEqual(before);
      expect(await stored()).toEqual(before);
      await apply(planned);
      const after = await stored();
      expect(after).toEqual({
        ...before,
        owner: expect.not.stringMatching(/^wild#1$/),
        version: before.version + 1,
        released: true,
        lastTimestampMs: planned.storeMs,
      });
      expect(after.reservedUntilMs).toBe(grant.reservedUntilMs);
      expect(Math.abs(planned.storeMs - Date.now())).toBeLessThan(60_000);
      const [entry, ...others] = await audited();
      expect(others).toEqual([]);
      expect(entry).toMatchObject({
        action: 'worker.reset',
        subject: '0',
        actor: 'alice@desk',
        reason: 'clock repaired',
        before: { instance: 'wild', released: false, version: before.version },
        after: {
          released: true,
          lastTimestamp: new Date(planned.storeMs).toISOString(),
          reservedUntil: new Date(grant.reservedUntilMs).toISOString(),
        },
      });
      expect(entry!.atMs).toBeGreaterThanOrEqual(planned.storeMs);
      expect(entry!.atMs - planned.storeMs).toBeLessThan(60_000);
    });

    it('leaves a holder that was only asleep its reservation, and nothing more', async () => {
      const grant = await runWild();
      await fallSilent();
      await apply(await plan());
      const awake = registry((await fixture.node()).workers);
      const wallMs = Date.now() + HOUR_MS;
      const renewal = { wallMs, reserveUntilMs: wallMs + HOUR_MS, lastTimestampMs: wallMs };
      await expect(awake.renew(grant, { ...renewal, timeoutMs: TIMEOUT_MS })).rejects.toMatchObject(
        { code: 'WORKER_LEASE_LOST' },
      );
      await awake.release(grant, wallMs, TIMEOUT_MS);
      expect(await stored()).toMatchObject({
        released: true,
        reservedUntilMs: grant.reservedUntilMs,
      });
    });

    it('lets all nodes go on, with another id', async () => {
      const grant = await runWild();
      await fallSilent();
      await apply(await plan());
      const next = new WorkerRegistry(operator, {
        ...ENDED,
        maxAheadMs: 60_000,
        clock: systemClock,
      });
      const wallMs = Date.now();
      const call = { wallMs, reserveUntilMs: wallMs, timeoutMs: TIMEOUT_MS };
      const other = await next.acquire({ ...call, instance: 'a', owner: 'a#1' });
      expect(other.workerId).toBe(1);
      expect(other.highestTimestampMs).toBeLessThan(wallMs + 60_000);
      const only = new WorkerRegistry(operator, {
        ...ENDED,
        lastWorkerId: 0,
        maxAheadMs: 60_000,
        clock: systemClock,
      });
      // Where there is no other, whoever gets it starts above all that was ever reserved.
      expect(await only.acquire({ ...call, instance: 'b', owner: 'b#1' })).toMatchObject({
        workerId: 0,
        floorMs: grant.reservedUntilMs,
      });
    });

    it('lowers the reservation only where that is asked for', async () => {
      await runWild();
      await fallSilent();
      await apply(await plan());
      await expect(plan()).rejects.toThrow(/Only its reservation is.*--lower-reservation/);
      const planned = await plan({ lowerReservation: true });
      await apply(planned);
      expect((await stored()).reservedUntilMs).toBe(planned.storeMs);
      await expect(plan({ lowerReservation: true })).rejects.toThrow(/nothing to reset/);
      const [last, first] = await audited();
      expect(last!.after['reservedUntil']).toBe(new Date(planned.storeMs).toISOString());
      expect(first!.after['reservedUntil']).toBe(first!.before['reservedUntil']);
    });

    it('refuses an id that is held, unknown, out of range, or not ahead, and audits nothing', async () => {
      await runWild();
      const hour = { ...ENDED, leaseTtlMs: HOUR_MS };
      await expect(plan({}, hour)).rejects.toThrow(/held by wild: stop that node first/);
      await expect(plan({}, hour)).rejects.toBeInstanceOf(ResetRefused);
      await expect(plan({ workerId: 1 })).rejects.toThrow(/never registered/);
      await expect(plan({ workerId: 10 })).rejects.toThrow(/outside of the range 0 to 9/);
      const wallMs = Date.now() - 120_000;
      const call = { wallMs, reserveUntilMs: wallMs, timeoutMs: TIMEOUT_MS };
      const leases = registry(holder.workers);
      const grant = await leases.acquire({ ...call, instance: 'tame', owner: 'tame#1' });
      await leases.release(grant, wallMs, TIMEOUT_MS);
      const tame = { workerId: grant.workerId, lowerReservation: true };
      await expect(plan(tame)).rejects.toThrow(/not ahead.*nothing to reset/);
      expect(await audited()).toEqual([]);
    });

    it('writes neither the record nor the audit where the record has moved on', async () => {
      const grant = await runWild();
      await fallSilent();
      const planned = await plan();
      const wallMs = Date.now() + HOUR_MS;
      const awake = registry((await fixture.node()).workers);
      const renewal = { wallMs, reserveUntilMs: wallMs, lastTimestampMs: wallMs };
      await awake.renew(grant, { ...renewal, timeoutMs: TIMEOUT_MS });
      const before = await stored();
      await expect(apply(planned)).rejects.toThrow(/changed meanwhile/);
      const entry = { action: 'worker.reset', subject: '0', actor: 'a', before: {}, after: {} };
      const isDone = await operator.within(TIMEOUT_MS, async (records) => {
        await records.read(0);
        return records.updateAudited(planned.before, planned.after, {
          ...entry,
          action: 'worker.reset',
        });
      });
      expect(isDone).toBe(false);
      expect(await stored()).toEqual(before);
      expect(await audited()).toEqual([]);
    });

    it('shows the newest of what was audited first', async () => {
      await runWild();
      await fallSilent();
      await apply(await plan());
      await apply(await plan({ lowerReservation: true }));
      const all = await audited();
      expect(all.map(({ before }) => before['released'])).toEqual([true, false]);
      expect(await operator.auditRecords(1, TIMEOUT_MS)).toEqual([all[0]]);
    });
  });
}
