import type { StoreLog } from './store.js';

const FIRST_DELAY_MS = 25;
const MAX_DELAY_MS = 500;

/** Repeats `attempt` with growing pauses until it succeeds or is stopped, off any request. */
export class BackgroundStart {
  private stopped = false;
  private wake: (() => void) | undefined;
  private said = '';

  constructor(
    private readonly name: string,
    private readonly log: StoreLog,
    private readonly attempt: () => Promise<void>,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /** Resolves at the first success, or when stopped. Never rejects. */
  async run(): Promise<void> {
    let delayMs = FIRST_DELAY_MS;
    while (!this.stopped) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- one attempt at a time
        await this.attempt();
        return;
      } catch (error) {
        this.failed(error);
      }
      // Jitter, so that fifty nodes do not come back in step.
      // oxlint-disable-next-line no-await-in-loop
      await this.pause(delayMs * (0.5 + Math.random() / 2));
      delayMs = Math.min(delayMs * 2, MAX_DELAY_MS);
    }
  }

  stop(): void {
    this.stopped = true;
    this.wake?.();
  }

  private failed(error: unknown): void {
    this.onFailure(error);
    const message = error instanceof Error ? error.message || error.name : String(error);
    // Once per reason: an outage of an hour is not seven thousand lines.
    if (this.stopped || message === this.said) return;
    this.said = message;
    this.log.warn({ store: this.name, err: error }, 'The store cannot be reached yet: retrying');
  }

  private async pause(ms: number): Promise<void> {
    if (this.stopped) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
