import type { Clock, Scheduler } from '#core';
import { NacosError } from './http.js';
import type { InstanceCalls, InstanceState } from './instance-calls.js';

export interface NacosLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

export interface InstanceKeeperOptions {
  calls: InstanceCalls;
  clock: Pick<Clock, 'monotonicMs'>;
  scheduler: Pick<Scheduler, 'after'>;
  /** 0 up to 1. */
  random: () => number;
  log: NacosLog;
  /** Stands in each line of the log. */
  service: string;
}

/** As often as Nacos asks for signs of life; after three of them that lack, an instance gets no calls. */
const BEAT_MS = 5_000;
/** Until a change has to be listed. */
const LISTING_MS = 2_000;
const RECHECK_MS = 100;
const MAX_PAUSE_MS = 3_000;
const TIMEOUT_MS = 2_000;

/** How long taking out may keep its caller. */
const LEAVE_MS = 1_000;
/** What is under way gets this time to end well: a sign of life that is cut off may still arrive. */
const GRACE_MS = 200;
const LEAVE_TIMEOUT_MS = 400;
/** For so long a call without an answer may still be carried out. */
const UNSETTLED_MS = 10_000;

const REFUSED = 'Nacos refuses this user name, password or right: callers may not find this node';
const FAILED = 'Nacos does not do as it is asked: callers may not find this node';

/**
 * Keeps one instance in Nacos, or out of it, by one call at a time and for ever: what Nacos lists is compared with
 * what is wanted. So it does not matter why the two differ, whether Nacos was restarted, a call was lost, or an earlier
 * process was killed at the same place.
 */
export class InstanceKeeper {
  private wanted: InstanceState | undefined;
  /** Nacos has accepted what is wanted. */
  private isRegistered = false;
  /** It was listed since then. */
  private isSeen = false;
  private mayBeListed = false;
  private registeredAtMs = -Infinity;
  private unsettledUntilMs = -Infinity;
  private failures = 0;
  /** What the log said last of the failures in a row. */
  private complaint: string | undefined;
  private isWoken = false;
  private resume: (() => void) | undefined;
  private isClosed = false;
  private readonly leaving = new Set<() => void>();
  private readonly ended: Promise<void>;

  constructor(private readonly options: InstanceKeeperOptions) {
    this.setPace();
    this.ended = this.run();
  }

  /** In, in this state. */
  keep(state: InstanceState): void {
    if (this.wanted !== undefined && JSON.stringify(state) === JSON.stringify(this.wanted)) return;
    this.wanted = state;
    this.isRegistered = false;
    this.setPace();
    this.wake();
  }

  /** Out. Resolves once it is not listed, at the latest after a second; goes on by itself. */
  leave(): Promise<void> {
    const { scheduler, calls } = this.options;
    if (this.wanted !== undefined) {
      this.wanted = undefined;
      scheduler.after(GRACE_MS, calls.underWay());
      this.setPace();
    }
    if (!this.mayBeListed || this.isClosed) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        this.leaving.delete(done);
        resolve();
      };
      const cancel = scheduler.after(LEAVE_MS, done);
      this.leaving.add(done);
      this.wake();
    });
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.options.calls.close();
    for (const done of this.leaving) done();
    this.wake();
    await this.ended;
  }

  private async run(): Promise<void> {
    while (!this.isClosed) {
      const { wanted } = this;
      let pauseMs: number;
      try {
        // oxlint-disable-next-line no-await-in-loop -- one call at a time
        pauseMs = await (wanted ? this.keepIn(wanted) : this.keepOut());
      } catch (error) {
        // What was given up for a change is no failure.
        pauseMs = wanted === this.wanted ? this.failed(error) : 0;
      }
      // oxlint-disable-next-line no-await-in-loop -- the same
      await this.pause(pauseMs);
    }
  }

  /** Resolves to the time until the next look. */
  private async keepIn(state: InstanceState): Promise<number> {
    const { calls, clock, log, service } = this.options;
    if (!this.isRegistered) {
      await this.write(() => calls.register(state));
      this.registeredAtMs = clock.monotonicMs();
      this.isSeen = false;
      this.isRegistered = this.wanted === state;
      return RECHECK_MS;
    }
    const isListed = await calls.isListed();
    if (this.wanted !== state) return 0;
    if (isListed) {
      if (!this.isSeen) log.info({ service, ...state }, 'Registered with Nacos');
      this.isSeen = true;
      this.settled();
      await this.write(() => calls.beat(state));
      return BEAT_MS;
    }
    if (clock.monotonicMs() - this.registeredAtMs < LISTING_MS) return RECHECK_MS;
    this.isRegistered = false;
    if (!this.isSeen) {
      throw new NacosError('The registration was accepted, but is not listed', 'undone');
    }
    log.warn({ service }, 'Nacos has lost the registration: registering again');
    return 0;
  }

  private async keepOut(): Promise<number> {
    const { calls, clock, log, service } = this.options;
    const mayBeListed = this.mayBeListed;
    if (mayBeListed) await calls.deregister();
    const isListed = await calls.isListed();
    this.settled();
    this.mayBeListed = isListed || clock.monotonicMs() < this.unsettledUntilMs;
    if (this.mayBeListed) return this.leaving.size > 0 ? RECHECK_MS : LEAVE_MS;
    if (mayBeListed) log.info({ service }, 'Taken out of Nacos');
    for (const done of this.leaving) done();
    return BEAT_MS;
  }

  /** What has no answer may still be carried out, after the instance was taken out. */
  private async write(work: () => Promise<void>): Promise<void> {
    const mayBeListed = this.mayBeListed;
    this.mayBeListed = true;
    try {
      await work();
    } catch (error) {
      if (isUndone(error)) this.mayBeListed = mayBeListed;
      else this.unsettledUntilMs = this.options.clock.monotonicMs() + UNSETTLED_MS;
      throw error;
    }
  }

  private settled(): void {
    const { log, service } = this.options;
    if (this.failures > 0) log.info({ service }, 'Nacos does as it is asked again');
    this.failures = 0;
    this.complaint = undefined;
  }

  /** One line for all failures in a row, and one more where Nacos answers at last, and refuses. */
  private failed(error: unknown): number {
    const { log, service, random } = this.options;
    const complaint = error instanceof NacosError && error.outcome === 'refused' ? REFUSED : FAILED;
    if (complaint !== this.complaint && !this.isClosed)
      log.warn({ service, err: error }, complaint);
    this.complaint = complaint;
    this.failures += 1;
    if (this.leaving.size > 0) return RECHECK_MS;
    const pauseMs = Math.min(MAX_PAUSE_MS, RECHECK_MS * 2 ** this.failures);
    return pauseMs * (0.5 + random() / 2);
  }

  private setPace(): void {
    const mayWrite = this.wanted !== undefined;
    this.options.calls.setPace({ mayWrite, timeoutMs: mayWrite ? TIMEOUT_MS : LEAVE_TIMEOUT_MS });
  }

  private async pause(pauseMs: number): Promise<void> {
    if (!this.isWoken && !this.isClosed) {
      await new Promise<void>((resolve) => {
        const cancel = this.options.scheduler.after(pauseMs, resolve);
        this.resume = () => {
          cancel();
          resolve();
        };
      });
    }
    this.resume = undefined;
    this.isWoken = false;
  }

  private wake(): void {
    this.isWoken = true;
    this.resume?.();
  }
}

function isUndone(error: unknown): boolean {
  return error instanceof NacosError && error.outcome !== 'unknown';
}
