import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startIdun, type IdunServer } from '../../libs/testing/src/servers/index.js';
import { untilReady } from './lease-clients.js';
import { slowBuild } from './slow-build.fixture.js';

const COST_MS = 20;
const CAPACITY_PER_SECOND = 1_000 / COST_MS;
const CONNECTIONS = 640;
const PROBE_EVERY_MS = 100;
const NORMAL_WITHIN_MS = 2_000;
const MB = 1_024 * 1_024;

interface Times {
  count: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
}

interface LoadResult {
  offered: number;
  /** Calls that found no free connection, and were not made. */
  crowded: number;
  /** Connections that were lost. */
  broken: number;
  unanswered: number;
  tookMs: number;
  accepted: Times;
  refused: Times;
  failed: Times;
}

interface Load {
  connections: number;
  perSecond: number;
  seconds: number;
}

const script = fileURLToPath(new URL('overload-load.mjs', import.meta.url));
/** One call at a time: nobody ever waits for another. */
const UNLOADED: Load = { connections: 1, perSecond: CAPACITY_PER_SECOND / 4, seconds: 12 };

let idun: IdunServer;

beforeAll(async () => {
  idun = await startIdun({ entry: slowBuild(COST_MS) });
  await untilReady(idun);
});

afterAll(() => idun.stop());

async function load(protocol: 'http' | 'tcp', options: Load): Promise<LoadResult> {
  const port = protocol === 'http' ? Number(new URL(idun.httpUrl).port) : idun.tcpPort;
  const argument = JSON.stringify({ protocol, port, ...options });
  const { stdout } = await promisify(execFile)(process.execPath, [script, argument]);
  return JSON.parse(stdout) as LoadResult;
}

/** How long a probe takes that comes as a balancer's does, over a connection of its own. Rejects unless it is 200. */
function probe(path: string): Promise<number> {
  const startMs = performance.now();
  return new Promise((resolve, reject) => {
    get(`${idun.httpUrl}${path}`, { agent: false }, (response) => {
      response.resume().on('end', () => {
        if (response.statusCode === 200) resolve(performance.now() - startMs);
        else reject(new Error(`${path}: ${response.statusCode}`));
      });
    }).on('error', reject);
  });
}

function memoryMb(): number {
  const status = readFileSync(`/proc/${idun.pid}/status`, 'utf8');
  return (Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) * 1_024) / MB;
}

/** What probes and memory were for as long as `work` took. */
async function watched<T>(work: Promise<T>) {
  const paths = ['/health/live', '/health/ready', '/metrics', '/api/nodes/self'];
  const probes: number[] = [];
  const memory = [memoryMb()];
  let isOver = false;
  void work.finally(() => (isOver = true)).catch(() => undefined);
  for (let i = 0; !isOver; i++) {
    // oxlint-disable no-await-in-loop -- one probe after the other
    probes.push(await probe(paths[i % paths.length]!));
    memory.push(memoryMb());
    await new Promise((resolve) => setTimeout(resolve, PROBE_EVERY_MS));
    // oxlint-enable no-await-in-loop
  }
  return { result: await work, probes, memory };
}

async function shed(): Promise<number> {
  const text = await (await fetch(`${idun.httpUrl}/metrics`)).text();
  return Number(/^idun_calls_shed_total (\d+)$/m.exec(text)![1]);
}

describe.each([
  ['http', 60],
  ['tcp', 10],
] as const)('ten times what a node can answer, over %s for %i s', (protocol, seconds) => {
  it(
    'leaves the calls it takes on quick, probes answered, memory as it was, and is over when it ends',
    { timeout: 180_000 },
    async () => {
      const unloaded = await load(protocol, UNLOADED);
      expect(unloaded.refused.count).toBe(0);
      const shedBefore = await shed();
      const { result, probes, memory } = await watched(
        load(protocol, {
          connections: CONNECTIONS,
          perSecond: CAPACITY_PER_SECOND * 10,
          seconds,
        }),
      );
      const endedMs = performance.now();
      const after = await load(protocol, { ...UNLOADED, seconds: 2 });
      const figures = {
        protocol,
        unloaded: unloaded.accepted,
        overloaded: result,
        acceptedPerSecond: Math.round(result.accepted.count / seconds),
        probes: { count: probes.length, maxMs: Math.max(...probes) },
        memoryMb: { before: memory[0], most: Math.max(...memory), after: memoryMb() },
        after: after.accepted,
        /** What else runs on the machine makes all times longer, those without load too. */
        machineLoad: loadavg()[0],
      };
      console.log(JSON.stringify(figures, (_, value: unknown) => rounded(value), 1));

      expect(result).toMatchObject({ broken: 0, unanswered: 0, failed: { count: 0 } });
      expect(result.crowded).toBeLessThan(result.offered * 0.01);
      expect(result.tookMs).toBeLessThan(seconds * 1_000 * 1.05);
      expect((await shed()) - shedBefore).toBe(result.refused.count);
      expect(result.accepted.p99Ms).toBeLessThan(unloaded.accepted.p99Ms * 10);
      expect(result.accepted.count).toBeGreaterThan((CAPACITY_PER_SECOND * seconds) / 2);
      expect(Math.max(...probes)).toBeLessThan(1_000);
      expect(Math.max(...memory) - memory[0]!).toBeLessThan(100);
      // The load after it began at once, and took as long as the time within which all is to be normal.
      expect(performance.now() - endedMs).toBeGreaterThan(NORMAL_WITHIN_MS);
      expect(after.refused.count).toBe(0);
      expect(after.accepted.p50Ms).toBeLessThan(unloaded.accepted.p50Ms * 2);
    },
  );
});

function rounded(value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value * 10) / 10 : value;
}
