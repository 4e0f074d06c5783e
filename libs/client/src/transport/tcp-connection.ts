import { systemClock } from '../clock.js';
import { nameOf, type Server } from '../servers/server.js';
import { closedError } from './closed-error.js';
import type { Connect, Connection, Pattern, Reply, Request } from './connection.port.js';
import { Gate } from './gate.js';
import { readReply } from './replies.js';
import { TcpLink, type TcpLinkOptions } from './tcp-link.js';
import { dataOf } from './tcp-packet.js';

export interface TcpConnectionOptions extends TcpLinkOptions {
  /** Calls under way at a time. */
  maxInFlight: number;
  /** Calls that wait to be sent; further ones are refused with `OVERLOADED`. */
  maxWaiting: number;
}

const DEFAULTS: TcpConnectionOptions = {
  connectTimeoutMs: 1_500,
  silentMs: 500,
  maxInFlight: 4_096,
  maxWaiting: 16_384,
  clock: systemClock,
};

/** All calls go over one connection in the format of Nest's TCP transport, without waiting for each other's replies. */
export function connectTcp(options: Partial<TcpConnectionOptions> = {}): Connect {
  return (server) => new TcpConnection(server, { ...DEFAULTS, ...options });
}

class TcpConnection implements Connection {
  readonly capacity: number;
  private readonly gate: Gate;
  private link: TcpLink | undefined;
  private calls = 0;
  private isClosed = false;

  constructor(
    private readonly server: Server,
    private readonly options: TcpConnectionOptions,
  ) {
    this.capacity = options.maxInFlight;
    this.gate = new Gate(options.maxInFlight, options.maxWaiting);
  }

  async call<P extends Pattern>(
    pattern: P,
    request: Request<P>,
    signal: AbortSignal,
  ): Promise<Reply<P>> {
    signal.throwIfAborted();
    if (this.isClosed) throw closedError(this.server);
    const data = dataOf(pattern, request);
    const link = this.openLink();
    if (this.calls++ === 0) link.hold(true);
    try {
      const response = await this.sendInTurn(link, pattern, data, signal);
      return readReply(pattern, request, response, nameOf(this.server));
    } finally {
      if (--this.calls === 0) this.link?.hold(false);
      if (signal.aborted) link.loseIfSilent();
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.link?.lose('is no longer called: its connection was closed by this process');
    await this.link?.closed();
  }

  private async sendInTurn(
    link: TcpLink,
    pattern: Pattern,
    data: string,
    signal: AbortSignal,
  ): Promise<unknown> {
    // Sent at once where it may be: each of a burst sees what those before it did to the gate.
    const turn = this.gate.enter(signal);
    if (turn) await turn;
    try {
      signal.throwIfAborted();
      return await link.send(pattern, data, signal);
    } finally {
      this.gate.leave();
    }
  }

  /** The connection, opened anew where it was lost. */
  private openLink(): TcpLink {
    if (this.link && !this.link.isLost) return this.link;
    this.gate.shut();
    const link = new TcpLink(this.server, this.options, {
      onReady: () => {
        // Opening a socket may take several, of which Node holds the last.
        link.hold(this.calls > 0);
        this.gate.open();
      },
      onBusy: () => this.gate.shut(),
      onLost: (reason) => this.gate.refuseAll(reason),
    });
    this.link = link;
    return link;
  }
}
