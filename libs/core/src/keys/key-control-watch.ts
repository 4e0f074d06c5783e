import type { Scheduler } from '../clock.js';
import type { KeyAdmin, KeyControls } from './key-admin.port.js';

/** A change reaches every node within a second: this, and the time of a query. */
const INTERVAL_MS = 500;
const TIMEOUT_MS = 1_000;

export interface KeyControlWatchDependencies {
  store: Pick<KeyAdmin, 'controls'>;
  scheduler: Scheduler;
  /** Only of what has changed. */
  onControls: (controls: KeyControls) => void;
  /** For the operator's log, once in a row. What is known goes on to hold. */
  onFailed: (error: unknown) => void;
}

/** Asks the store again and again what operators have laid down. */
export class KeyControlWatch {
  private revision: bigint | undefined;
  private polling: Promise<void> | undefined;
  private cancel: (() => void) | undefined;
  private isFailing = false;
  private stopped = false;

  constructor(private readonly deps: KeyControlWatchDependencies) {}

  start(): void {
    void this.pollAgain();
  }

  stop(): void {
    this.stopped = true;
    this.cancel?.();
  }

  /** Asks now, and not before a poll under way has ended: for who has just changed something. Never rejects. */
  async refresh(): Promise<void> {
    await this.polling;
    await this.poll();
  }

  private async pollAgain(): Promise<void> {
    await this.poll();
    if (this.stopped) return;
    this.cancel = this.deps.scheduler.after(INTERVAL_MS, () => void this.pollAgain());
  }

  private poll(): Promise<void> {
    this.polling ??= this.ask().finally(() => (this.polling = undefined));
    return this.polling;
  }

  private async ask(): Promise<void> {
    try {
      const controls = await this.deps.store.controls(this.revision, TIMEOUT_MS);
      this.isFailing = false;
      if (controls === undefined || this.stopped) return;
      this.deps.onControls(controls);
      this.revision = controls.revision;
    } catch (error) {
      if (!this.stopped && !this.isFailing) this.deps.onFailed(error);
      this.isFailing = true;
    }
  }
}
