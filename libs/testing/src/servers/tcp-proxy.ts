import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/**
 * A TCP proxy on loopback that breaks the wire in the ways a network does.
 *
 * `pause`: bytes wait in the proxy, in both directions, and arrive after `resume`.
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
  blackhole(): void;
  cut(): void;
  resume(): void;
  stop(): Promise<void>;
}

type Mode = 'forward' | 'pause' | 'blackhole' | 'cut';

class Link {
  private swallowed = false;

  constructor(
    private readonly client: Socket,
    private readonly server: Socket,
  ) {
    for (const [socket, other] of this.ends()) {
      // A reset arrives as an error; the close that follows takes the other end along.
      socket.on('error', () => {});
      socket.on('close', () => other.destroy());
    }
  }

  apply(mode: Mode): void {
    if (mode === 'cut') return this.reset();
    if (mode === 'blackhole') this.swallowed = true;
    for (const [socket, other] of this.ends()) {
      socket.unpipe(other);
      if (this.swallowed) socket.resume();
      else if (mode === 'pause') socket.pause();
      else socket.pipe(other);
    }
  }

  reset(): void {
    this.client.resetAndDestroy();
    this.server.resetAndDestroy();
  }

  private ends(): [Socket, Socket][] {
    return [
      [this.client, this.server],
      [this.server, this.client],
    ];
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
