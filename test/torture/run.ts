import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Random } from '../simulation/random.js';
import { CALLS } from './callers/caller-options.js';
import type { RunFile } from './checker/run-files.js';
import { CallerProcesses } from './cluster/caller-processes.js';
import { Cluster, KEYS, NODES } from './cluster/cluster.js';
import type { Servers } from './cluster/servers.js';
import { storeState } from './cluster/store-state.js';
import { Backups } from './nemesis/backups.js';
import { Nemesis } from './nemesis/nemesis.js';

export interface RunOptions {
  /** Takes all files of the run. */
  folder: string;
  seconds: number;
  seed: number;
  load: number;
  faults: readonly string[];
  /** Over the settings of the nodes. */
  env: Readonly<Record<string, string>>;
  /** The program of the nodes; the built service unless set. */
  entry?: string;
  say: (line: string) => void;
}

const CLOCK_NODE = NODES;
const STEADY_MS = 60_000;
const LAST_CALLS_MS = 1_000;

/** Breaks a cluster under load for so long. All that came of it is in the folder then. */
export async function runTorture(servers: Servers, options: RunOptions): Promise<void> {
  const { folder, seconds, seed, load, faults, env, entry, say } = options;
  mkdirSync(folder, { recursive: true });
  const random = new Random(seed);
  const hasClockFaults = faults.some((kind) => kind.startsWith('clock'));
  const clocks = hasClockFaults ? [CLOCK_NODE] : [];
  const cluster = await Cluster.start(servers, { folder, env, entry, clocks });
  const nacos = { servers: servers.nacos.address, service: cluster.nacosService };
  const nodes = cluster.nodes.map(({ httpUrl }) => httpUrl);
  const beginMs = Date.now();
  const callers = new CallerProcesses({ folder, nacos, nodes, keys: KEYS, load });
  try {
    await untilSteady(callers);
    say(
      `${NODES} nodes and all kinds of calls work; breaking things for ${seconds} s, seed ${seed}`,
    );
    const backups = new Backups(servers.database, cluster.database, random);
    const nemesis = new Nemesis(
      { cluster, backups, random },
      {
        file: join(folder, 'faults.jsonl'),
        kinds: faults,
        untilMs: Date.now() + seconds * 1_000,
        isRequired: env['IDUN_WITNESS'] === 'require',
        complaints: () => callers.complaints(),
        say,
      },
    );
    await nemesis.run();
    await delay(LAST_CALLS_MS);
    const endMs = Date.now();
    await callers.stop();
    writeRunFile(folder, { seed, beginMs, endMs });
  } finally {
    await callers.kill();
    await cluster.stop();
  }
  writeFileSync(join(folder, 'store.json'), JSON.stringify(await storeState(cluster)));
}

async function untilSteady(callers: CallerProcesses): Promise<void> {
  for (const begin = Date.now(); ; await delay(50)) {
    const missing = callers.complaints();
    if (missing.length === 0) return;
    if (Date.now() - begin > STEADY_MS) throw new Error(`never worked: ${missing.join(', ')}`);
  }
}

function writeRunFile(folder: string, times: Pick<RunFile, 'seed' | 'beginMs' | 'endMs'>): void {
  const run: RunFile = {
    ...times,
    nodes: NODES,
    spaces: [...KEYS, 'snowflake'],
    snowflakes: KEYS.length,
    calls: CALLS,
  };
  writeFileSync(join(folder, 'run.json'), JSON.stringify(run));
}
