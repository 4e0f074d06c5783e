export interface LeaseSizeOptions {
  /** Size of the first lease, and the least. */
  minLeaseSize: number;
  /** A server refuses more than the key's ceiling, which is 1,000,000 unless set. */
  maxLeaseSize: number;
  /** How long a lease should last at the rate of the one before. */
  targetSeconds: number;
}

/** One burst must not lease for a rate that is not kept up, and one pause not forget it. */
const MOST_GROWTH = 8;
const MOST_SHRINKING = 1 / 2;

/** How much to lease, by how fast the lease before was used up. */
export class LeaseSize {
  private size: number;
  private ceiling: number;

  constructor(private readonly options: LeaseSizeOptions) {
    this.ceiling = options.maxLeaseSize;
    this.size = Math.min(options.minLeaseSize, this.ceiling);
  }

  /** The size of the next lease; never less than what callers wait for, up to the ceiling. */
  next(awaited: number): number {
    return Math.min(Math.max(this.size, awaited), this.ceiling);
  }

  /** A lease of `used` ids lasted `elapsedMs`. */
  learn(used: number, elapsedMs: number): void {
    const wanted = (used / Math.max(elapsedMs, 1)) * 1_000 * this.options.targetSeconds;
    const bounded = Math.min(Math.max(wanted, used * MOST_SHRINKING), used * MOST_GROWTH);
    const least = Math.min(this.options.minLeaseSize, this.ceiling);
    this.size = Math.min(Math.max(Math.ceil(bounded), least), this.ceiling);
  }

  /** The server has refused `size` as too much. Tells whether less can be asked for. */
  refuse(size: number): boolean {
    if (size <= 1) return false;
    this.ceiling = Math.floor(size / 2);
    this.size = Math.min(this.size, this.ceiling);
    return true;
  }
}
