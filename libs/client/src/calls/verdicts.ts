import { IdunError } from '../../../contracts/src/index.js';
import type { ClientClock } from '../clock.js';
import { TransportError } from '../errors.js';
import { AttemptTimeout } from './attempt-timeout.js';
import type { Choice } from './balancer.js';
import type { PoolObserver } from './pool-observer.js';

/** What the end of an attempt says about its server. */
export class Verdicts {
  constructor(
    private readonly attemptTimeoutMs: number,
    private readonly clock: ClientClock,
    private readonly observer: PoolObserver | undefined,
  ) {}

  answered({ candidate, trial }: Choice): void {
    if (candidate.ejection.answered(trial)) this.observer?.onRestored?.(candidate.server);
  }

  failed(choice: Choice, error: unknown): void {
    if (error instanceof TransportError) this.eject(choice, error);
    else if (!(error instanceof IdunError)) choice.candidate.ejection.dropped(choice.trial);
    else if (error.code === 'SHUTTING_DOWN') this.eject(choice, error);
    else this.answered(choice);
  }

  private eject({ candidate, trial }: Choice, error: TransportError | IdunError): void {
    const { ejection, server } = candidate;
    const now = this.clock.monotonicMs();
    const cutShort = error instanceof AttemptTimeout && error.afterMs < this.attemptTimeoutMs;
    const forMs = cutShort
      ? ejection.silent(trial, now, this.attemptTimeoutMs)
      : ejection.failed(trial, now);
    if (forMs > 0) this.observer?.onEjected?.(server, error, forMs);
  }
}
