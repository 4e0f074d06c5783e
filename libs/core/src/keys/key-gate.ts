import type { Clock } from '../clock.js';
import { keySuspended, rateLimited } from '../errors.js';
import type { KeyControl, KeyControls } from './key-admin.port.js';
import { TokenBucket } from './token-bucket.js';

/** What stands before a key that has a control. */
export class KeyLimit {
  private readonly bucket: TokenBucket | undefined;

  constructor(
    private readonly key: string,
    readonly control: KeyControl,
    clock: Clock,
  ) {
    const { ratePerSecond } = control;
    this.bucket = ratePerSecond === undefined ? undefined : new TokenBucket(ratePerSecond, clock);
  }

  /** Counts `count` ids as given. @throws `KEY_SUSPENDED`, `RATE_LIMITED` */
  admit(count: number): void {
    if (this.control.suspended) throw keySuspended(this.key);
    const waitMs = this.bucket?.take(count) ?? 0;
    if (waitMs > 0) throw rateLimited(this.key, this.bucket!.ratePerSecond, waitMs);
  }
}

export interface GatedKeys {
  /** What stands before the key from now on; undefined where nothing does. */
  limited(key: string, limit: KeyLimit | undefined): void;
  /** The key was deleted: what is held of it is nobody's any more. */
  deleted(key: string): void;
}

/** What operators have laid down for keys, as far as this node knows, before all that gives their ids. */
export class KeyGate {
  private readonly limits = new Map<string, KeyLimit>();
  private deleted: ReadonlySet<string> = new Set();
  private keys: GatedKeys | undefined;

  constructor(private readonly clock: Clock) {}

  /** Tells `keys` of each change. */
  guard(keys: GatedKeys): void {
    this.keys = keys;
  }

  limitOf(key: string): KeyLimit | undefined {
    return this.limits.get(key);
  }

  /** @throws `KEY_SUSPENDED`, `RATE_LIMITED` */
  admit(key: string, count: number): void {
    this.limits.get(key)?.admit(count);
  }

  /** Takes these for all that are known. A limit that has not changed keeps its bucket. */
  apply({ controls, deleted }: KeyControls): void {
    for (const [key, limit] of this.limits) {
      if (!isSame(limit.control, controls.get(key))) this.set(key, controls.get(key));
    }
    for (const [key, control] of controls) {
      if (!this.limits.has(key)) this.set(key, control);
    }
    for (const key of deleted) {
      if (!this.deleted.has(key)) this.keys?.deleted(key);
    }
    this.deleted = deleted;
  }

  private set(key: string, control: KeyControl | undefined): void {
    const limit = control && new KeyLimit(key, control, this.clock);
    if (limit) this.limits.set(key, limit);
    else this.limits.delete(key);
    this.keys?.limited(key, limit);
  }
}

function isSame(a: KeyControl, b: KeyControl | undefined): boolean {
  return a.suspended === b?.suspended && a.ratePerSecond === b.ratePerSecond;
}
