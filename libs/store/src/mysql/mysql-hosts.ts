import { nameOfHost, type MySqlHost } from '../database-url.js';

const BAN_MS = 1_000;

export interface MySqlHostsOptions {
  readonly nowMs: () => number;
  /** Another server than before is in use now; `reason` is why the one before was left. */
  readonly onMove: (from: MySqlHost, to: MySqlHost, reason: string) => void;
}

/**
 * Which server is the current one, for all pools of a store. It stays so until it is passed over: a server that comes
 * back is a standby, whatever its place in the list.
 */
export class MySqlHosts {
  private readonly banEndsMs = new Map<MySqlHost, number>();
  private readonly listeners: ((left: MySqlHost, reason: string) => void)[] = [];
  private now: MySqlHost;
  private used: MySqlHost;
  private reason = '';

  /** @param all at least one */
  constructor(
    private readonly all: readonly MySqlHost[],
    private readonly options: MySqlHostsOptions,
  ) {
    const [first] = all;
    if (first === undefined) throw new Error('A MySQL store needs a host.');
    this.now = this.used = first;
  }

  /** There is somewhere else to go. */
  get areSeveral(): boolean {
    return this.all.length > 1;
  }

  current(): MySqlHost {
    return this.now;
  }

  /** Called in the moment in which a server is left, before the next attempt to connect. */
  onLeave(listener: (left: MySqlHost, reason: string) => void): void {
    this.listeners.push(listener);
  }

  /**
   * Prefers the other servers for `banMs`, and leaves `host` now if it is the current one. Where all others are banned
   * too, the one whose ban ends first is taken: something is always tried. A single server stays.
   */
  passOver(host: MySqlHost, reason: string, banMs = BAN_MS): void {
    this.banEndsMs.set(host, Math.max(this.banEnd(host), this.options.nowMs() + banMs));
    if (host !== this.now) return;
    const next = this.bestBut(host);
    if (next === undefined) return;
    if (host === this.used) this.reason = reason;
    this.now = next;
    for (const listener of this.listeners) listener(host, reason);
  }

  /** A server has proved fit for use. */
  settle(host: MySqlHost): void {
    // One that was left meanwhile says nothing about the one that is used from now on.
    if (host !== this.now || host === this.used) return;
    const from = this.used;
    this.used = host;
    this.options.onMove(from, host, this.reason);
  }

  /**
   * Tries `work` on one server after the other, each at most once, and passes over those with which it fails.
   * @throws what `work` threw for a single server; else an Error that names all servers and their reasons
   */
  async attempt<T>(work: (host: MySqlHost) => Promise<T>): Promise<T> {
    const failures: string[] = [];
    for (;;) {
      const host = this.now;
      try {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        return await work(host);
      } catch (error) {
        const reason = sentenceOf(error);
        this.passOver(host, reason);
        failures.push(`${nameOfHost(host)} (${reason})`);
        if (!this.areSeveral) throw error;
        if (failures.length < this.all.length) continue;
        throw new Error(`No server can be used: ${failures.join(', ')}.`, { cause: error });
      }
    }
  }

  private bestBut(left: MySqlHost): MySqlHost | undefined {
    const nowMs = this.options.nowMs();
    const endMs = (host: MySqlHost) => Math.max(nowMs, this.banEnd(host));
    // Sorting keeps the order given among those that are not banned.
    const [best] = this.all.filter((host) => host !== left).toSorted((a, b) => endMs(a) - endMs(b));
    return best;
  }

  private banEnd(host: MySqlHost): number {
    return this.banEndsMs.get(host) ?? 0;
  }
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Where a name has several addresses the error of Node has only a code.
  const code: unknown = Reflect.get(error, 'code');
  return error.message.replace(/\.$/, '') || (typeof code === 'string' ? code : error.name);
}
