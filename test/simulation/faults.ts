import type { Cluster, Node } from './cluster.js';
import type { Halt } from './machine.js';
import type { Random } from './random.js';

interface Fault {
  weight: number;
  /** False where it cannot happen now. */
  strike: (cluster: Cluster, node: Node) => boolean;
}

const ALWAYS_POSSIBLE = 'clock drifts';

/** What the schedule chooses from. Each lasts for a while and then ends by itself. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  [ALWAYS_POSSIBLE]: {
    weight: 2,
    strike: (cluster, { machine }) => {
      machine.setRate(cluster.clockRate());
      return true;
    },
  },
  'clock steps back a little': { weight: 3, strike: jump(-1, -0.001) },
  'clock jumps back': { weight: 2, strike: jump(-8, -1) },
  'clock jumps ahead': { weight: 3, strike: jump(0.01, 1.5) },
  'clock jumps far ahead': { weight: 1, strike: jump(2, 30) },
  'machine is suspended': { weight: 3, strike: halt('suspend') },
  'process is paused': { weight: 3, strike: halt('pause') },
  'suspended between check and issue': { weight: 4, strike: interrupt('suspend') },
  'paused between check and issue': { weight: 4, strike: interrupt('pause') },
  'node is disconnected': {
    weight: 5,
    strike: (cluster, { machine }) => {
      if (!machine.isConnected) return false;
      machine.isConnected = false;
      cluster.world.after(duration(cluster, 0.05, 4), () => machine.reconnect());
      return true;
    },
  },
  'process crashes': {
    weight: 4,
    strike: (cluster, node) => {
      if (!node.process) return false;
      cluster.crash(node);
      restartLater(cluster, node);
      return true;
    },
  },
  'process stops': {
    weight: 3,
    strike: (cluster, node) => {
      if (!node.process || !node.machine.runs) return false;
      void cluster.stop(node).then(() => restartLater(cluster, node));
      return true;
    },
  },
  'session ends': {
    weight: 2,
    strike: ({ service }) => {
      service.expireSession();
      return true;
    },
  },
  'service is down': {
    weight: 1,
    strike: (cluster) => {
      const { service } = cluster;
      if (service.isDown) return false;
      service.isDown = true;
      cluster.world.after(duration(cluster, 0.05, 1.5), () => void (service.isDown = false));
      return true;
    },
  },
  "service's clock jumps": {
    weight: 1,
    strike: (cluster) => {
      const { service, settings, world } = cluster;
      service.clockOffsetMs = world.random.between(-0.5, 0.5) * settings.maxAheadMs;
      cluster.world.after(duration(cluster, 0.5, 3), () => void (service.clockOffsetMs = 0));
      return true;
    },
  },
};

/**
 * What a seed draws its faults from, each as often as it weighs. Not all kinds: what needs a long run of one of them would
 * else be broken off by another.
 */
export function chooseFaults(random: Random): string[] {
  return Object.entries(FAULTS)
    .filter(([kind]) => kind === ALWAYS_POSSIBLE || random.chance(0.5))
    .flatMap(([kind, { weight }]) => Array.from({ length: weight }, () => kind));
}

/** One of these kinds that can happen now. */
export function strikeOne(cluster: Cluster, faults: readonly string[]): void {
  const { world, nodes } = cluster;
  for (;;) {
    const kind = world.random.pick(faults);
    const node = world.random.pick(nodes);
    if (FAULTS[kind]!.strike(cluster, node)) {
      world.count(kind);
      world.note(node.machine.name, () => kind);
      return;
    }
  }
}

const duration = ({ world, settings }: Cluster, low: number, high: number) =>
  settings.ttlMs * world.random.between(low, high);

function jump(low: number, high: number): Fault['strike'] {
  return (cluster, { machine }) => {
    machine.jumpWall(duration(cluster, low, high));
    cluster.world.after(duration(cluster, 0.2, 4), () =>
      machine.setWallRight(cluster.hasFaults ? cluster.clockErrorMs() : 0),
    );
    return true;
  };
}

function halt(kind: Halt): Fault['strike'] {
  return (cluster, { machine }) => {
    if (!machine.runs) return false;
    stopFor(cluster, machine, kind);
    return true;
  };
}

function interrupt(kind: Halt): Fault['strike'] {
  return (cluster, { machine, process }) => {
    if (!machine.runs || !process) return false;
    stopFor(cluster, machine, kind, process.beginInterruptedCall(cluster.world.random.whole(0, 6)));
    return true;
  };
}

function stopFor(
  cluster: Cluster,
  machine: Node['machine'],
  kind: Halt,
  interrupted?: () => void,
): void {
  const { world } = cluster;
  machine.halt(kind);
  world.after(duration(cluster, 0.01, 1) * world.random.between(0.1, 5), () => {
    if (cluster.hasFaults && world.random.chance(0.3)) {
      world.count('clock set while halted');
      machine.setWallRight(cluster.clockErrorMs());
    }
    machine.wake(interrupted);
  });
}

function restartLater(cluster: Cluster, node: Node): void {
  const { world } = cluster;
  world.after(duration(cluster, 0.01, 2), () =>
    node.machine.whenRunning(() => {
      if (cluster.hasFaults && world.random.chance(0.2)) {
        world.count('starts with its clock set back');
        node.machine.jumpWall(-duration(cluster, 0.01, 3));
      }
      cluster.start(node);
    }),
  );
}
