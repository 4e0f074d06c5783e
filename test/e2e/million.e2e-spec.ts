import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, inject, it } from 'vitest';
import {
  databaseAt,
  startIdun,
  temporaryFolder,
  type IdunServer,
} from '../../libs/testing/src/servers/index.js';
import { readyStatus } from './clients.js';

const run = promisify(execFile);
const script = fileURLToPath(new URL('id-caller.mjs', import.meta.url));
const folder = temporaryFolder('million');

const CALLERS = 64;
const SINGLES = 1_000;
const BATCHES = 10;
const BATCH_SIZE = 682;
const PER_NODE = CALLERS * (SINGLES + BATCHES * BATCH_SIZE);

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs the callers of one node in a process of their own; what each connection received, in order. */
async function callersOf(node: IdunServer, name: string): Promise<bigint[][]> {
  const out = join(folder, name);
  const { httpUrl, tcpPort } = node;
  const options = { httpUrl, tcpPort, key: 'order', callers: CALLERS, singles: SINGLES };
  const batches = { batches: BATCHES, batchSize: BATCH_SIZE, out };
  await run(process.execPath, [script, JSON.stringify({ ...options, ...batches })], {
    timeout: 110_000,
  });
  const bytes = await readFile(out);
  const connections = Array.from({ length: CALLERS }, (): bigint[] => []);
  for (let at = 0; at < bytes.length; at += 16) {
    connections[Number(bytes.readBigUInt64BE(at))]!.push(bytes.readBigUInt64BE(at + 8));
  }
  return connections;
}

describe.each([10, 1_000])('two nodes on one MySQL, step %d', (step) => {
  it('give a million ids to callers in other processes, none twice, each connection in order', async () => {
    const mysql = databaseAt(inject('mysql'));
    const database = await mysql.createDatabase();
    const env = { IDUN_DATABASE_URLS: mysql.url(database) };
    const nodes = await Promise.all([startIdun({ env }), startIdun({ env })]);
    try {
      await expect
        .poll(() => readyStatus(nodes[0]), {
          timeout: 15_000,
        })
        .toBe(200);
      await mysql.query(
        `INSERT INTO leaf_alloc (biz_tag, max_id, step) VALUES ('order', 1, ${step})`,
        database,
      );
      const received = await Promise.all(nodes.map((node, i) => callersOf(node, `${step}-${i}`)));
      const connections = received.flat();
      const disordered = connections.filter((ids) =>
        ids.some((id, i) => i > 0 && id <= ids[i - 1]!),
      );
      expect(disordered).toHaveLength(0);
      const all = BigUint64Array.from(connections.flat()).toSorted();
      expect(all.length).toBe(2 * PER_NODE);
      expect(all.length).toBeGreaterThanOrEqual(1_000_000);
      expect(all.filter((id, i) => i > 0 && id === all[i - 1]).length).toBe(0);
    } finally {
      await Promise.all(nodes.map((node) => node.stop()));
    }
  });
});
