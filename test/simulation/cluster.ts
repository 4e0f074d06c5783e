import { Checker } from './checker.js';
import { LeaseService } from './lease-service.js';
import { Machine } from './machine.js';
import { Network } from './network.js';
import type { Settings } from './settings.js';
import { SimulatedProcess, type Surroundings } from './simulated-process.js';
import type { World } from './world.js';

/** A machine and the process on it, if there is one. */
export interface Node {
  machine: Machine;
  process: SimulatedProcess | undefined;
  starts: number;
}

export class Cluster {
  readonly nodes: Node[] = [];
  readonly service: LeaseService;
  readonly network: Network;
  readonly checker: Checker;
  /** Once they are over, nothing that was planned before may bring a fault. */
  hasFaults = true;
  private readonly around: Surroundings;

  constructor(
    readonly world: World,
    readonly settings: Settings,
  ) {
    this.checker = new Checker(world, settings.ttlMs);
    this.service = new LeaseService(world, settings.sessionMs, this.checker);
    this.network = new Network(world, settings, this.service);
    const { service, network, checker } = this;
    this.around = { world, settings, service, network, checker };
    for (let index = 0; index < settings.nodes; index++) {
      const machine = new Machine(
        `node-${index}`,
        world,
        this.clockErrorMs(),
        settings.clockStepMs,
      );
      machine.setRate(this.clockRate());
      const node: Node = { machine, process: undefined, starts: 0 };
      this.nodes.push(node);
      world.after(world.random.between(0, settings.ttlMs), () => this.start(node));
    }
  }

  clockErrorMs(): number {
    return this.world.random.between(-1, 1) * this.settings.offsetMs;
  }

  clockRate(): number {
    return this.world.random.between(0.98, 1.02);
  }

  start(node: Node): void {
    if (node.process) return;
    const owner = `${node.machine.name}#${++node.starts}`;
    this.world.note(owner, () => 'starts');
    node.process = new SimulatedProcess(owner, node.machine, this.around);
  }

  crash(node: Node): void {
    if (node.process) node.process.isAlive = false;
    node.process = undefined;
  }

  /** A clean stop; the process ends with it. */
  async stop(node: Node): Promise<void> {
    const { process } = node;
    await process?.lease.stop();
    if (process && node.process === process) this.crash(node);
  }

  /** All machines run, are connected and have the right time, and a process runs on each. */
  endFaults(): void {
    this.hasFaults = false;
    this.network.hasFaults = false;
    this.service.isDown = false;
    this.service.clockOffsetMs = 0;
    for (const node of this.nodes) {
      const { machine } = node;
      machine.reconnect();
      if (!machine.runs) machine.wake();
      machine.setWallRight(this.world.random.between(-20, 20));
      machine.setRate(1);
      this.start(node);
    }
  }
}
