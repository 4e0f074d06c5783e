import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Random } from '../simulation/random.js';
import { CALLS } from './callers/caller-options.js';
import type { RunFile } from './checker/run-files.js';
import { CallerProcesses, PULSE_MEMORY_MS } from './cluster/caller-processes.js';
import { Cluster, KEYS } from './cluster/cluster.js';
import type { Servers } from './cluster/servers.js';
import { storeState } from './cluster/store-state.js';
import { Backups } from './nemesis/backups.js';
import { Nemesis } from './nemesis/nemesis.js';
import type { Scenario } from './scenario.js';

export interface RunOptions {
  /** Takes all files of the run. */
  folder: string;
  seconds: number;
  seed: number;
  scenario: Scenario;
  /** The program of the nodes; the built service unless set. */
  entry?: string;
  say: (line: string) => void;
}

const STEADY_MS = 60_000;
const MOMENT_MS = 1_500;
const LAST_CALLS_MS = 1_000;

/** Breaks a cluster under load for so long. All that came of it is in the folder then. */
export async function runTorture(servers: Servers, options: RunOptions): Promise<void> {
  const { folder, seed, entry, scenario } = options;
  mkdirSync(folder, { recursive: true });
  const cluster = await Cluster.prepare(servers, { folder, entry, scenario });
  const callers = new CallerProcesses({
    folder,
    nacos: { servers: servers.nacos.address, service: cluster.name },
    nodes: cluster.nodes.map(({ httpUrl }) => httpUrl),
    keys: KEYS,
    load: scenario.load,
    snowflakes: scenario.snowflakes,
  });
  try {
    await cluster.start();
    await untilSteady(callers, scenario.isPatient);
    const beginMs = Date.now();
    await breakThings(cluster, callers, options);
    await delay(LAST_CALLS_MS);
    const endMs = Date.now();
    await callers.stop();
    const holders = cluster.nodes.map(({ httpUrl }) => httpUrl.replace('http://', ''));
    writeRunFile(folder, { seed, beginMs, endMs, nodes: scenario.nodes, holders });
  } finally {
    await callers.kill();
    await cluster.stop();
  }
  writeFileSync(join(folder, 'store.json'), JSON.stringify(await storeState(cluster)));
}

async function breakThings(
  cluster: Cluster,
  callers: CallerProcesses,
  { folder, seconds, seed, scenario, say }: RunOptions,
): Promise<void> {
  say(`${scenario.nodes} nodes and callers run; breaking things for ${seconds} s, seed ${seed}`);
  const random = new Random(seed);
  const { faults, longestMs, env, isPatient } = scenario;
  const backups = new Backups(cluster.servers.databases, cluster.name, random);
  const nemesis = new Nemesis(
    { cluster, backups, random },
    {
      file: join(folder, 'faults.jsonl'),
      kinds: faults,
      untilMs: Date.now() + seconds * 1_000,
      longestMs,
      isPatient,
      isRequired: env['IDUN_WITNESS'] === 'require',
      complaints: () => callers.complaints(),
      windowMs: PULSE_MEMORY_MS,
      say,
    },
  );
  await nemesis.run();
}

/** Until all works; where some of it never will, until snowflakes come from somewhere, and a moment more. */
async function untilSteady(callers: CallerProcesses, isPatient: boolean): Promise<void> {
  const isAwaited = (call: string) => isPatient || /^(http|tcp) snowflake/.test(call);
  for (const begin = Date.now(); ; await delay(50)) {
    const missing = callers.complaints().filter(isAwaited);
    if (missing.length === 0) break;
    if (Date.now() - begin > STEADY_MS) throw new Error(`never worked: ${missing.join(', ')}`);
  }
  if (!isPatient) await delay(MOMENT_MS);
}

function writeRunFile(
  folder: string,
  times: Pick<RunFile, 'seed' | 'beginMs' | 'endMs' | 'nodes' | 'holders'>,
): void {
  const run: RunFile = {
    ...times,
    spaces: [...KEYS, 'snowflake'],
    snowflakes: KEYS.length,
    calls: CALLS,
  };
  writeFileSync(join(folder, 'run.json'), JSON.stringify(run));
}
