import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  installService,
  startIdun,
  startNacos,
  temporaryFolder,
  type IdunServer,
  type NacosServer,
} from '../../libs/testing/src/servers/index.js';

// A consumer that is not ours: the Nacos client for Python.
const run = promisify(execFile);
const HOST = '127.0.0.1';
const slow = { timeout: 60_000, interval: 50 };
const home = temporaryFolder('consumer');
let nacos: NacosServer;
let python: string;
let node: IdunServer;

beforeAll(async () => {
  python = await installService('nacos-python.sh');
  nacos = await startNacos();
  node = await startIdun({
    env: {
      IDUN_NACOS_SERVERS: nacos.address,
      IDUN_NACOS_SERVICE: 'ids',
      IDUN_ADVERTISE_HOST: HOST,
      IDUN_ZONE: 'z1',
      IDUN_WEIGHT: '2.5',
    },
  });
});

afterAll(async () => {
  await node?.stop();
  await nacos?.stop();
});

async function untilRegistered(): Promise<void> {
  await expect.poll(() => nacos.instances('ids'), slow).toHaveLength(1);
  await expect.poll(() => nacos.instances('ids-rpc'), slow).toHaveLength(1);
}

interface Found {
  http: object[];
  rpc: object[];
  ids: string[];
}

/** The client logs into its home; a proxy of the machine must not take part. */
async function consume(): Promise<Found> {
  const script = join(import.meta.dirname, '../interop/nacos_consumer.py');
  const options = { env: { HOME: home, NO_PROXY: '*' }, timeout: 60_000 };
  const { stdout } = await run(python, [script, nacos.address, 'ids'], options);
  return JSON.parse(stdout) as Found;
}

it('finds a node with both services and all metadata, and gets an id where it says', async () => {
  await untilRegistered();
  const { http, rpc, ids } = await consume();
  const id = await (await fetch(`${node.httpUrl}/api/snowflake/get/x`)).text();
  const decoded = await fetch(`${node.httpUrl}/api/snowflake/decode/${id}`);
  const { workerId } = (await decoded.json()) as { workerId: number };
  const httpPort = Number(new URL(node.httpUrl).port);
  const common = {
    version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
    zone: 'z1',
    httpPort: String(httpPort),
    tcpPort: String(node.tcpPort),
    workerId: String(workerId),
  };
  const instance = { ip: HOST, weight: 2.5, healthy: true, enabled: true, ephemeral: true };
  const instanceAt = (port: number, protocol: string) =>
    expect.objectContaining({ ...instance, port, metadata: { ...common, protocol } }) as object;
  expect({ http, rpc, ids }).toEqual({
    http: [instanceAt(httpPort, 'http')],
    rpc: [instanceAt(node.tcpPort, 'tcp')],
    ids: [expect.stringMatching(/^\d+$/)],
  });
});

it('finds none once the node was told to stop', async () => {
  await untilRegistered();
  node.signal('SIGTERM');
  expect(await node.exited).toEqual({ code: 0, signal: null });
  // Not `slow`: after 15 s without a beat it would be gone in any case.
  await expect.poll(consume).toEqual({ http: [], rpc: [], ids: [] });
});
