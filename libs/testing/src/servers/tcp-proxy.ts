import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Transform, type TransformCallback } from 'node:stream';

/**
 * A TCP proxy on loopback that breaks the wire in the ways a network does.
 *
 * `pause`: bytes wait in the proxy, in both directions, and arrive after `resume`.
 * `delay`: bytes arrive so many milliseconds later, in order.
 * `blackhole`: bytes are swallowed; connections stay open and never answer. Those that were open
 * stay dead after `resume`, new ones work again.
 * `cut`: every open connection is reset, and new ones until `resume`.
 */
export interface TcpProxy {
  readonly host: string;
  readonly port: number;
  /** Open connections of clients. */
  connections(): number;
  pause(): void;
  delay(ms: number): void;
  blackhole(): void;
  cut(): void;
  resume(): void;
  stop(): Promise<void>;
}

type Mode = 'forward' | 'pause' | 'blackhole' | 'cut' | { delayMs: number };

/** One direction. Bytes stay in order, also when the delay ends. */
class Wire extends Transform {
  delayMs = 0;
  private readonly late: Buffer[] = [];
  private whenEmpty: (() => void) | undefined;

  constructor() {
    // The delay is that of a long wire, not of a narrow one: much may be on the way.
    super({ highWaterMark: 2 ** 20 });
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (this.delayMs === 0 && this.late.length === 0) return done(null, chunk);
    this.late.push(chunk);
    setTimeout(() => this.arrive(), this.delayMs);
    done();
  }

  override _flush(done: TransformCallback): void {
    if (this.late.length === 0) done();
    else this.whenEmpty = done;
  }

  /** The oldest first, whichever timer it was. */
  private arrive(): void {
    this.push(this.late.shift());
    if (this.late.length === 0) this.whenEmpty?.();
  }
}

class Link {
  private swallowed = false;
  private readonly wires: [from: Socket, wire: Wire][];

  constructor(
    private readonly client: Socket,
    private readonly server: Socket,
  ) {
    const ends: [Socket, Socket][] = [
      [client, server],
      [server, client],
    ];
    this.wires = ends.map(([socket, other]) => {
      const wire = new Wire();
      wire.pipe(other);
      // A reset arrives as an error; the close that follows takes the other end along.
      socket.on('error', () => {});
      socket.on('close', () => other.destroy());
      return [socket, wire];
    });
  }

  apply(mode: Mode): void {
    if (mode === 'cut') return this.reset();
    if (mode === 'blackhole') this.swallowed = true;
    for (const [socket, wire] of this.wires) {
      socket.unpipe();
      if (this.swallowed) socket.resume();
      else if (mode === 'pause') socket.pause();
      else socket.pipe(wire);
      wire.delayMs = typeof mode === 'object' ? mode.delayMs : 0;
    }
  }

  reset(): void {
    this.client.resetAndDestroy();
    this.server.resetAndDestroy();
  }
}

export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const links = new Set<Link>();
  let mode: Mode = 'forward';
  const proxy = createServer({ allowHalfOpen: true }, (client) => {
    const server = connect({ ...target, allowHalfOpen: true, noDelay: true });
    client.setNoDelay(true);
    const link = new Link(client, server);
    links.add(link);
    client.on('close', () => links.delete(link));
    link.apply(mode);
  });
  await new Promise<void>((resolve, reject) => {
    proxy.once('error', reject);
    proxy.listen(0, '127.0.0.1', resolve);
  });
  const change = (next: Mode) => {
    mode = next;
    for (const link of links) link.apply(next);
  };
  return {
    host: '127.0.0.1',
    port: (proxy.address() as AddressInfo).port,
    connections: () => links.size,
    pause: () => change('pause'),
    delay: (delayMs) => change({ delayMs }),
    blackhole: () => change('blackhole'),
    cut: () => change('cut'),
    resume: () => change('forward'),
    stop: () =>
      new Promise((resolve) => {
        proxy.close(() => resolve());
        for (const link of links) link.reset();
      }),
  };
}
