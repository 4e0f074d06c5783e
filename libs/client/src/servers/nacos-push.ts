import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { DiscoveryError } from './discovery-error.js';

/** Where Nacos sends its news of changes to. */
export interface PushPlace {
  clientIP: string;
  udpPort: string;
}

const LARGEST_BYTES = 1_000_000;

/**
 * A UDP port for the news that something has changed. What has changed is not taken from there: anybody can send a
 * datagram, and an id of a wrong server is worse than a late one.
 */
export class NacosPush {
  private socket: Socket | undefined;
  private ip: string | undefined;
  private bound: PushPlace | undefined;

  constructor(
    private readonly onPush: () => void,
    private readonly onFailure: (error: DiscoveryError) => void,
  ) {}

  /** Undefined while no port is open. */
  get place(): PushPlace | undefined {
    return this.bound;
  }

  /** Opens a port at this address of this machine, unless there is one. */
  listen(ip: string): void {
    if (ip === this.ip) return;
    void this.close();
    this.ip = ip;
    const socket = createSocket(isIPv6(ip) ? 'udp6' : 'udp4').unref();
    this.socket = socket;
    socket.on('error', (cause) => {
      if (this.socket !== socket) return;
      this.bound = undefined;
      this.onFailure(new DiscoveryError(`No port for news of Nacos: ${cause.message}`, { cause }));
    });
    socket.on('listening', () => {
      this.bound = { clientIP: ip, udpPort: String(socket.address().port) };
    });
    socket.on('message', (message, { port, address }) => {
      const receipt = receiptOf(message);
      if (receipt === undefined) return;
      // One that is lost costs Nacos a repetition.
      socket.send(receipt, port, address, () => undefined);
      this.onPush();
    });
    socket.bind({ port: 0, address: ip, exclusive: true });
  }

  /** Closes the port; the next `listen` opens another one, of which Nacos gets to know as a new subscriber. */
  async close(): Promise<void> {
    const { socket } = this;
    this.socket = undefined;
    this.ip = undefined;
    this.bound = undefined;
    if (socket) await new Promise<void>((resolve) => void socket.close(resolve));
  }
}

/** Undefined for what is no news of Nacos. */
function receiptOf(message: Buffer): string | undefined {
  const text = unpacked(message);
  // As it stands: a count of nanoseconds may be above 2^53. Within `data` quotes are escaped.
  const time = /"lastRefTime":(\d+)/.exec(text)?.[1];
  if (time === undefined || !text.includes('"type":"dom"')) return undefined;
  return `{"type":"push-ack","lastRefTime":${time},"data":""}`;
}

function unpacked(message: Buffer): string {
  if (message[0] !== 0x1f) return message.toString();
  try {
    return gunzipSync(message, { maxOutputLength: LARGEST_BYTES }).toString();
  } catch {
    return '';
  }
}
