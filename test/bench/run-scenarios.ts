import type { Cores } from './cores.js';
import type { Guard } from './guard.js';
import { LoadClient } from './load-client.js';
import type { Sample } from './load/measure.js';
import type { Scenario, ServerName } from './scenarios.js';
import { startServer, untilReady, type RunningServer } from './server.js';

/** So long each scenario runs before the first round, for the compilers of server and load generator. */
const FIRST_WARM_UP_MS = 2_000;
/** Before each measurement, over the new connections. */
const WARM_UP_MS = 400;
/** Cores that other programs may use during a measurement before it counts as disturbed. */
const DISTURBED_ABOVE = 0.1;

export interface RunOptions {
  root: string;
  cores: Cores;
  rounds: number;
  seconds: number;
  /** Seconds, in all, for repeating what other programs disturbed. */
  patience: number;
  progress: (text: string) => void;
}

/** All servers run all the time; the scenarios take turns, in every round once. */
export async function runScenarios(
  scenarios: readonly Scenario[],
  options: RunOptions,
  guard: Guard,
): Promise<Record<string, Sample[]>> {
  const names = [...new Set(scenarios.map((scenario) => scenario.server))];
  const servers = new Map<ServerName, RunningServer>();
  // One for each transport, so that neither leaves its garbage to the other.
  const loads = {
    http: new LoadClient(options.root, options.cores.load),
    tcp: new LoadClient(options.root, options.cores.load),
  };
  try {
    for (const name of names) {
      servers.set(name, await startServer(name, options.root, options.cores.server, guard));
    }
    const idun = servers.get('idun');
    if (idun) await untilReady(idun);
    return await takeTurns(scenarios, servers, loads, options);
  } finally {
    await Promise.all([loads.http.stop(), loads.tcp.stop()]);
    await Promise.all([...servers.values()].map((server) => server.stop()));
  }
}

async function takeTurns(
  scenarios: readonly Scenario[],
  servers: ReadonlyMap<ServerName, RunningServer>,
  loads: Record<'http' | 'tcp', LoadClient>,
  { rounds, seconds, patience, progress }: RunOptions,
): Promise<Record<string, Sample[]>> {
  const run = ({ server: name, target }: Scenario, warmUpMs: number, measureMs: number) => {
    const server = servers.get(name)!;
    const port = (target.protocol === 'http' ? server.httpPort : server.tcpPort)!;
    const { pid: serverPid } = server;
    return loads[target.protocol].run({ target, port, serverPid, warmUpMs, measureMs });
  };
  const measure = undisturbed(
    (scenario: Scenario) => run(scenario, WARM_UP_MS, seconds * 1_000),
    patience,
  );
  for (const scenario of scenarios) await run(scenario, WARM_UP_MS, FIRST_WARM_UP_MS);
  const samples: Record<string, Sample[]> = {};
  for (let round = 0; round < rounds; round++) {
    // Each round begins elsewhere, so that no scenario always follows the same one.
    for (const scenario of rotated(scenarios, round)) {
      const sample = await measure(scenario);
      (samples[scenario.id] ??= []).push(sample);
      const rate = Math.round(sample.requestsPerSecond);
      progress(`round ${round + 1}/${rounds} ${scenario.id}: ${rate} requests/s`);
    }
  }
  return samples;
}

/** Repeats measurements that other programs disturbed, for so many seconds over all calls. */
function undisturbed(
  measure: (scenario: Scenario) => Promise<Sample>,
  seconds: number,
): (scenario: Scenario) => Promise<Sample> {
  let leftMs = seconds * 1_000;
  return async (scenario) => {
    for (;;) {
      const beginMs = performance.now();
      const sample = await measure(scenario);
      const isDisturbed = (sample.othersBusy ?? 0) > DISTURBED_ABOVE;
      if (!isDisturbed || leftMs <= 0) return sample;
      leftMs -= performance.now() - beginMs;
    }
  };
}

function rotated<T>(items: readonly T[], by: number): T[] {
  const first = by % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
}
