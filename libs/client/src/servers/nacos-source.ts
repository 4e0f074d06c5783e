import { pause, type ClientClock } from '../clock.js';
import { KnownServers } from './known-servers.js';
import type { Listing, NacosApi } from './nacos-api.js';
import { NacosPush } from './nacos-push.js';
import type { ServerSource } from './server-source.port.js';

export interface NacosPorts {
  clock: ClientClock;
  /** From 0 to 1, 1 excluded. */
  random: () => number;
}

/** Between two lists while news arrive, and while they do not. Nacos lists a change half a second late. */
const CALM_MS = 5_000;
const EAGER_MS = 300;
/** Between two lists at least, however many news arrive. */
const SHORTEST_MS = 50;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 3_000;

type Watcher = Parameters<ServerSource['watch']>;

/** Asks for the list again and again, by one call at a time. */
export class NacosSource implements ServerSource {
  private readonly known = new KnownServers();
  private readonly stop = new AbortController();
  private resting = new AbortController();
  private push: NacosPush | undefined;
  private ended: Promise<void> | undefined;
  private listed = '';
  private told: string | undefined;
  private address: string | undefined;
  private failures = 0;
  /** Whether news came since the last list was asked for. */
  private isPushed = false;
  /** Whether news do arrive here. Nacos sends the first to whoever subscribes, so that this is soon known. */
  private reliesOnPush = false;

  constructor(
    private readonly api: NacosApi,
    private readonly ports: NacosPorts,
  ) {}

  watch(...[onChange, onFailure]: Watcher): void {
    const onPush = () => {
      this.isPushed = true;
      this.resting.abort();
    };
    this.push = new NacosPush(onPush, onFailure);
    this.ended = this.run(this.push, onChange, onFailure);
  }

  async close(): Promise<void> {
    this.stop.abort(new Error('closed'));
    this.resting.abort();
    await this.ended;
    this.api.close();
    await this.push?.close();
  }

  private async run(push: NacosPush, ...[onChange, onFailure]: Watcher): Promise<void> {
    const { signal } = this.stop;
    while (!signal.aborted) {
      const wasPushed = this.isPushed;
      this.isPushed = false;
      let pauseMs: number;
      try {
        // oxlint-disable-next-line no-await-in-loop -- one list after the other
        const listing = await this.api.list(push.place, signal);
        signal.throwIfAborted();
        this.weigh(push, listing, wasPushed);
        this.tell(listing, onChange);
        pauseMs = this.pauseMs();
      } catch (error) {
        if (signal.aborted) return;
        pauseMs = this.failed(push);
        onFailure(error);
      }
      // oxlint-disable-next-line no-await-in-loop -- as above
      await this.rest(pauseMs);
    }
  }

  /** Whether news can be relied on: not after a change that was seen without. */
  private weigh(push: NacosPush, listing: Listing, wasPushed: boolean): void {
    const { servers, address, localAddress } = listing;
    const listed = JSON.stringify(servers);
    const isAnother = address !== this.address;
    // It may know less.
    if (isAnother) this.known.doubt();
    if (isAnother || (listed !== this.listed && !wasPushed)) this.distrust(push);
    else if (wasPushed) this.reliesOnPush = true;
    this.listed = listed;
    this.address = address;
    if (localAddress !== undefined) push.listen(localAddress);
  }

  /** At another port Nacos takes this for a new subscriber, and sends the first news once more. */
  private distrust(push: NacosPush): void {
    if (this.reliesOnPush) void push.close();
    this.reliesOnPush = false;
  }

  private tell({ servers }: Listing, onChange: Watcher[0]): void {
    const known = this.known.update(servers, this.ports.clock.monotonicMs());
    const text = JSON.stringify(known);
    if (text === this.told) return;
    this.told = text;
    onChange(known);
  }

  private pauseMs(): number {
    this.failures = 0;
    if (this.isPushed) return SHORTEST_MS;
    return this.reliesOnPush ? CALM_MS : EAGER_MS;
  }

  /** Jittered, so that clients do not come back all at once. */
  private failed(push: NacosPush): number {
    this.known.doubt();
    this.distrust(push);
    const longestMs = Math.min(
      FIRST_PAUSE_MS * 2 ** Math.min(this.failures++, 16),
      LONGEST_PAUSE_MS,
    );
    return longestMs * (0.5 + this.ports.random() / 2);
  }

  private async rest(pauseMs: number): Promise<void> {
    if (this.stop.signal.aborted) return;
    const { clock } = this.ports;
    const earliestMs = clock.monotonicMs() + SHORTEST_MS;
    this.resting = new AbortController();
    await pause(clock, pauseMs, this.resting.signal);
    const earlyMs = earliestMs - clock.monotonicMs();
    if (earlyMs > 0) await pause(clock, earlyMs, this.stop.signal);
  }
}
