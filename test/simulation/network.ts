import type { Settings } from './settings.js';
import type { Machine } from './machine.js';
import type { LeaseService } from './lease-service.js';
import type { World } from './world.js';

/** Loses and delays what machines and the service send to each other. */
export class Network {
  hasFaults = true;

  constructor(
    private readonly world: World,
    private readonly settings: Settings,
    private readonly service: LeaseService,
  ) {}

  /** `apply` is done at the service when the request arrives, even if nobody waits for the reply any more. */
  request<T>(
    machine: Machine,
    owner: string,
    apply: () => Promise<T>,
    reply: { arrived: (result: T) => void; failed: (error: Error) => void },
  ): void {
    const arrive = () => {
      if (this.service.isDown) return this.world.count('request during an outage');
      this.service.hear(owner);
      void apply().then((result) => {
        this.carry(machine, 'reply', () => machine.whenRunning(() => reply.arrived(result)));
      });
    };
    if (
      machine.isConnected &&
      this.hasFaults &&
      this.world.random.chance(this.settings.lossChance / 3)
    ) {
      this.world.count('connection reset');
      // The request may be on its way already.
      if (this.world.random.chance(0.5)) this.world.after(this.delayMs(), arrive);
      this.world.after(1, () => machine.whenRunning(() => reply.failed(new Error('reset'))));
      return;
    }
    this.carry(machine, 'request', arrive);
  }

  private carry(machine: Machine, what: string, deliver: () => void): void {
    const { random } = this.world;
    if (!machine.isConnected) {
      this.world.count(`${what} while disconnected`);
      if (random.chance(0.5)) machine.holdBack(deliver);
    } else if (this.hasFaults && random.chance(this.settings.lossChance)) {
      this.world.count(`${what} lost`);
      this.world.note(machine.name, () => `${what} lost`);
    } else if (this.hasFaults && random.chance(this.settings.lateChance)) {
      this.world.count(`${what} late`);
      this.world.after(this.settings.ttlMs * random.between(0.1, 3), deliver);
    } else {
      this.world.after(this.delayMs(), deliver);
    }
  }

  private delayMs(): number {
    return this.world.random.between(0.2, this.hasFaults ? this.settings.delayMs : 10);
  }
}
