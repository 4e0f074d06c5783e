import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Guard } from './guard.js';
import { startServer } from './server.js';

const SETTLE_MS = 5_000;

/** Resident memory in MB (10^6 bytes) of idun at rest, one value for each start; undefined without /proc. */
export async function measureIdleMemory(
  root: string,
  starts: number,
  guard: Guard,
): Promise<number[] | undefined> {
  if (process.platform !== 'linux') return undefined;
  const values: number[] = [];
  for (let i = 0; i < starts; i++) {
    const server = await startServer('idun', root, [], guard);
    await delay(SETTLE_MS);
    const status = readFileSync(`/proc/${server.pid}/status`, 'latin1');
    values.push((Number(/^VmRSS:\s*(\d+) kB/m.exec(status)?.[1]) * 1_024) / 1e6);
    await server.stop();
  }
  return values;
}
