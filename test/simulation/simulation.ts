import type { Property } from './checker.js';
import { Cluster } from './cluster.js';
import { chooseFaults, strikeOne } from './faults.js';
import { trueWallMs } from './machine.js';
import { chooseSettings } from './settings.js';
import { World } from './world.js';

/** What a seed has at least. */
export const LEAST = { nodes: 5, events: 200, ids: 2_000 };

export interface Outcome {
  seed: number;
  /** The properties that did not hold, with what was seen first. */
  violations: [Property, string][];
  nodes: number;
  events: number;
  ids: number;
  counts: Record<string, number>;
}

/** Runs one seed: the same events, in the same order, each time. */
export async function simulate(seed: number, log?: (line: string) => void): Promise<Outcome> {
  const world = new World(seed, log);
  const settings = chooseSettings(world.random);
  const faults = chooseFaults(world.random);
  log?.(`seed ${seed} ${JSON.stringify({ ...settings, faults: [...new Set(faults)] })}`);
  const cluster = new Cluster(world, settings);
  const events = await faultsAndLoad(cluster, faults);
  const { checker } = cluster;
  await checkRecovery(cluster);
  if (events < LEAST.events || checker.issued < LEAST.ids) {
    checker.fail('size', `${events} events and ${checker.issued} ids are too few`);
  }
  return {
    seed,
    violations: [...checker.violations],
    nodes: settings.nodes,
    events,
    ids: checker.issued,
    counts: Object.fromEntries(world.counts),
  };
}

/** Returns the number of faults. */
async function faultsAndLoad(cluster: Cluster, faults: readonly string[]): Promise<number> {
  const { world, settings } = cluster;
  const events = LEAST.events + world.random.whole(0, 40);
  keepAsking(cluster);
  for (let event = 0; event < events; event++) {
    const gapMs = world.random.between(0, settings.faultGapMs);
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await world.runUntil(world.nowMs + gapMs);
    strikeOne(cluster, faults);
  }
  await world.runUntil(world.nowMs + settings.ttlMs);
  return events;
}

/** Callers, for as long as there are faults. */
function keepAsking(cluster: Cluster): void {
  const { world, settings, nodes } = cluster;
  const askOne = () => {
    if (!cluster.hasFaults) return;
    const running = nodes.filter(({ process, machine }) => process && machine.runs);
    if (running.length > 0) {
      const process = world.random.pick(running).process!;
      if (world.random.chance(0.2)) void process.ask(world.random.whole(1, 20));
      else process.askNow(world.random.whole(1, 8));
    }
    world.after(world.random.between(0, settings.ttlMs / (2 * nodes.length)), askOne);
  };
  askOne();
}

/**
 * When faults end, ids flow again: after a quiet time as many nodes give ids as there are worker ids.
 * The quiet time lasts until the clocks are past what was reserved, and dead leases are taken over.
 */
async function checkRecovery(cluster: Cluster): Promise<void> {
  const { world, settings, service, checker, nodes } = cluster;
  cluster.endFaults();
  world.note('world', () => 'no more faults');
  const { ttlMs, graceMs } = settings;
  // Late writes of the time before, then the watch over a dead lease, twice: it may have been renewed late.
  await world.runUntil(world.nowMs + 3 * ttlMs + 2 * (ttlMs + graceMs) + 1_000);
  const aheadMs = service.highestReservationMs - trueWallMs(world);
  await world.runUntil(world.nowMs + Math.max(0, aheadMs) + ttlMs);
  const due = Math.min(nodes.length, settings.workerIds);
  const each = Math.max(20, Math.ceil((LEAST.ids - checker.issued) / due));
  let giving = 0;
  for (const { process } of nodes) {
    void process!.ask(each).then((count) => (giving += count === each ? 1 : 0));
  }
  await world.runUntil(world.nowMs + ttlMs + 2_500);
  if (giving !== due) {
    checker.fail('recovery', `${giving} of ${nodes.length} nodes give ids, where ${due} should`);
  }
}
