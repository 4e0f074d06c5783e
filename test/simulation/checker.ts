import { partsOf } from './ids.js';
import type { World } from './world.js';

export interface Readings {
  wallMs: number;
  monotonicMs: number;
}

/** What must hold, whatever happens; `size` and `error` are about the simulation itself. */
export type Property =
  'unique' | 'reserved' | 'covered' | 'clean end' | 'recovery' | 'size' | 'error';

export class Checker {
  /** The first violation of each property. */
  readonly violations = new Map<Property, string>();
  /** The highest timestamp issued, by worker id. */
  private readonly highest = new Map<number, number>();
  private readonly issuers = new Map<number, string>();

  constructor(
    private readonly world: World,
    private readonly ttlMs: number,
  ) {}

  get issued(): number {
    return this.issuers.size;
  }

  /** No id twice, whoever issues it, and none above what the service has written for its issuer. */
  issue(id: number, issuer: string, reservedUntilMs: number): void {
    const earlier = this.issuers.get(id);
    if (earlier !== undefined) {
      this.fail('unique', `${id} was issued by ${earlier} and again by ${issuer}`);
    }
    this.issuers.set(id, issuer);
    const { timestampMs, workerId } = partsOf(id);
    this.highest.set(workerId, Math.max(timestampMs, this.highest.get(workerId) ?? 0));
    if (timestampMs > reservedUntilMs) {
      this.fail('reserved', `${issuer} issued ${timestampMs}, above ${reservedUntilMs}`);
    }
  }

  /**
   * A lease ends early and clean. By both of its own clocks a node uses its worker id for less than the
   * lease time, counted from the request that was confirmed last.
   */
  useLease(issuer: string, requested: Readings | undefined, readings: Readings): void {
    const sinceMs =
      requested === undefined
        ? Infinity
        : Math.max(
            readings.wallMs - requested.wallMs,
            readings.monotonicMs - requested.monotonicMs,
          );
    if (sinceMs >= this.ttlMs) {
      this.fail(
        'clean end',
        `${issuer} used its lease of ${this.ttlMs} ms ${sinceMs} ms after it asked for it`,
      );
    }
  }

  /** No write leaves a reservation below an id that was issued under its worker id. */
  write(workerId: number, reservedUntilMs: number): void {
    const highestMs = this.highest.get(workerId) ?? 0;
    if (reservedUntilMs < highestMs) {
      this.fail('covered', `worker id ${workerId} until ${reservedUntilMs}, issued ${highestMs}`);
    }
  }

  fail(property: Property, text: string): void {
    if (!this.violations.has(property)) this.violations.set(property, text);
    this.world.note('CHECK', () => `${property}: ${text}`);
  }
}
