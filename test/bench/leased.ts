import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import libsql from 'libsql';
import type { Cores } from './cores.js';
import type { Guard } from './guard.js';
import type { LeasedJob, LeasedResult } from './leased/measure.js';
import { startServer, untilReady } from './server.js';

/** Ids of a key that has been used for long: their digits are part of what a string costs. */
const FIRST_ID = 1_000_000_000_000_000;
/** Beyond the default ceiling: at over 100 million a second a million ids last less than the round trip for the next. */
export const LEASE_SIZE = 5_000_000;
const KEY = 'default';

/** Ids a second of a client in a process of its own, which leases from an idun on the other core. */
export async function measureLeasedIds(
  root: string,
  cores: Cores,
  rounds: number,
  guard: Guard,
): Promise<LeasedResult> {
  const file = join(guard.temporaryFolder(), 'idun.db');
  const server = await startServer('idun', root, cores.server, guard, {
    IDUN_DATABASE_URLS: `sqlite:${file}`,
    IDUN_SEGMENT_MAX_STEP: String(LEASE_SIZE),
  });
  try {
    await untilReady(server);
    setCounter(file);
    const job: LeasedJob = {
      port: server.tcpPort!,
      key: KEY,
      leaseSize: LEASE_SIZE,
      firstId: FIRST_ID,
      rounds,
    };
    const script = join(root, 'dist/test/bench/leased/main.js');
    const command = [...cores.load, process.execPath, script, JSON.stringify(job)];
    const [program = '', ...args] = command;
    const { stdout } = await promisify(execFile)(program, args);
    return JSON.parse(stdout) as LeasedResult;
  } finally {
    await server.stop();
  }
}

function setCounter(file: string): void {
  const database = new libsql(file);
  database.exec(`UPDATE leaf_alloc SET max_id = ${FIRST_ID} WHERE biz_tag = '${KEY}'`);
  database.close();
}
