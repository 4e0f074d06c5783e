import { rm } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import {
  startIdun,
  temporaryFolder,
  type IdunServer,
} from '../../libs/testing/src/servers/index.js';
import { httpCaller, idsOf, readyStatus, tcpCaller } from './clients.js';

const dataDir = temporaryFolder('crash');
const given = new Set<string>();
let idun: IdunServer | undefined;

afterEach(async () => {
  await idun?.stop();
  given.clear();
  await rm(dataDir, { recursive: true, force: true });
});

/** Takes ids of both modes over both transports; fails on the first that was given before. */
async function takeIds(server: IdunServer, modes: readonly ('segment' | 'snowflake')[]) {
  const tcp = tcpCaller(server.tcpPort);
  const http = httpCaller(server.httpUrl);
  for (const mode of modes) {
    for (const caller of [http, tcp]) {
      for (const count of [undefined, 1, 500, undefined]) {
        // oxlint-disable-next-line no-await-in-loop -- a sequence of calls
        for (const id of idsOf(await caller.get(mode, 'default', count))) {
          const named = `${mode} ${id}`;
          if (given.has(named)) throw new Error(`given twice: ${named}`);
          given.add(named);
        }
      }
    }
  }
  tcp.close();
}

async function killed(server: IdunServer): Promise<void> {
  server.signal('SIGKILL');
  await server.exited;
}

const BOTH = ['segment', 'snowflake'] as const;

describe('killed with SIGKILL and started again', () => {
  it.each(['database', 'static'])('repeats no id, with the lease "%s"', async (lease) => {
    const env = {
      IDUN_WORKER_LEASE: lease,
      ...(lease === 'static' && { IDUN_WORKER_ID: '7' }),
    };
    for (let run = 0; run < 3; run++) {
      // oxlint-disable-next-line no-await-in-loop -- one run after the other
      idun = await startIdun({ dataDir, env });
      // oxlint-disable-next-line no-await-in-loop
      await expect.poll(() => readyStatus(idun!), { timeout: 15_000 }).toBe(200);
      // oxlint-disable-next-line no-await-in-loop
      await takeIds(idun, BOTH);
      // oxlint-disable-next-line no-await-in-loop
      await killed(idun);
    }
  });

  it('repeats no id with the clock set back by 10 minutes in between, and says why it gives none', async () => {
    idun = await startIdun({ dataDir });
    await expect.poll(() => readyStatus(idun!)).toBe(200);
    await takeIds(idun, BOTH);
    // The last timestamp is recorded with a renewal.
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    await takeIds(idun, BOTH);
    await killed(idun);

    idun = await startIdun({ dataDir, clockOffset: '-10m' });
    await takeIds(idun, ['segment']);
    const http = httpCaller(idun.httpUrl);
    await expect
      .poll(() => http.get('snowflake', 'default'))
      .toEqual({ code: 'CLOCK_BACKWARDS', retryable: true });
    const ready = await fetch(`${idun.httpUrl}/health/ready`);
    expect(ready.status).toBe(503);
    expect(JSON.stringify(await ready.json())).toContain('behind the highest timestamp');

    idun.setClockOffset('+0s');
    await expect.poll(() => readyStatus(idun!), { timeout: 15_000 }).toBe(200);
    await takeIds(idun, BOTH);
  });
});

describe('stopped and started again', () => {
  it('has its worker id again at once, also when the clock went back a little', async () => {
    const env = { IDUN_INSTANCE: 'node-a' };
    idun = await startIdun({ dataDir, env });
    await expect.poll(() => readyStatus(idun!)).toBe(200);
    await takeIds(idun, BOTH);
    const before = await workerId(idun);
    idun.signal('SIGTERM');
    expect(await idun.exited).toEqual({ code: 0, signal: null });

    idun = await startIdun({ dataDir, env, clockOffset: '-1s' });
    await expect.poll(() => readyStatus(idun!), { timeout: 5_000 }).toBe(200);
    expect(await workerId(idun)).toBe(before);
    await takeIds(idun, BOTH);
  });
});

async function workerId(server: IdunServer): Promise<number> {
  const http = httpCaller(server.httpUrl);
  const [id] = idsOf(await http.get('snowflake', 'x'));
  given.add(`snowflake ${id}`);
  return ((await http.decode(id!)) as { workerId: number }).workerId;
}
