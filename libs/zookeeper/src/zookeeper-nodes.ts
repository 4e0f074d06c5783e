import zookeeper, { type Client, type Stat, type Transaction } from 'node-zookeeper-client';

const { Exception, CreateMode } = zookeeper;
const NO_DATA = Buffer.alloc(0);

/** Which errors say that nothing was done because the nodes are not as expected. */
const CONFLICTS: readonly unknown[] = [
  Exception.NO_NODE,
  Exception.NODE_EXISTS,
  Exception.BAD_VERSION,
  Exception.NOT_EMPTY,
];
/** After these a read may be asked again of the next connection. */
const LOSSES: readonly unknown[] = [Exception.CONNECTION_LOSS, Exception.SESSION_EXPIRED];

export interface NodeRead {
  data: Buffer;
  stat: Stat;
}

export interface ClientSource {
  /** The client of a session that is connected. Rejects when the signal is aborted. */
  connected(signal: AbortSignal): Promise<Client>;
}

type Send<T> = (client: Client, done: (error: unknown, value: T) => void) => void;

/**
 * Reads and writes of one call. Nothing is sent once the call's time is over. Reads go on over a lost connection;
 * a conditional write is sent once, as the lost one may still be carried out.
 */
export class ZooKeeperNodes {
  constructor(
    private readonly source: ClientSource,
    private readonly signal: AbortSignal,
  ) {}

  /** Undefined without such a node. */
  get(path: string): Promise<NodeRead | undefined> {
    return this.repeat((client, done) =>
      client.getData(path, (error, data, stat) => done(error, { data: data ?? NO_DATA, stat })),
    );
  }

  /** Names, without the path; undefined without such a node. */
  children(path: string): Promise<string[] | undefined> {
    return this.repeat<string[]>((client, done) => client.getChildren(path, done));
  }

  /** Whose session's an ephemeral node is; undefined without a node. */
  async isOurs(path: string): Promise<boolean | undefined> {
    return this.repeat((client, done) =>
      client.exists(path, (error, stat: Stat | null) =>
        done(error, stat ? stat.ephemeralOwner.equals(client.getSessionId()) : undefined),
      ),
    );
  }

  /** Writes a node that nobody else depends on. Undefined without such a node. */
  touch(path: string): Promise<Stat | undefined> {
    return this.repeat((client, done) => client.setData(path, NO_DATA, -1, done));
  }

  /** Undefined where there is no such node, or its version is another one. */
  set(path: string, data: Buffer, version: number): Promise<Stat | undefined> {
    return this.once((client, done) => client.setData(path, data, version, done));
  }

  /** False if it exists, or its parent does not. */
  async create(path: string, data: Buffer = NO_DATA): Promise<boolean> {
    const created = await this.once<string>((client, done) =>
      client.create(path, data, CreateMode.PERSISTENT, done),
    );
    return created !== undefined;
  }

  /** All or nothing. False where the nodes are not as expected. */
  async commit(fill: (transaction: Transaction) => Transaction): Promise<boolean> {
    const done = await this.once<true>((client, settle) =>
      fill(client.transaction()).commit((error) => settle(error, true)),
    );
    return done === true;
  }

  private async repeat<T>(send: Send<T | undefined>): Promise<T | undefined> {
    for (;;) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- again only after a lost connection
        return await this.once(send);
      } catch (error) {
        if (!LOSSES.includes(codeOf(error))) throw error;
      }
    }
  }

  private async once<T>(send: Send<T | undefined>): Promise<T | undefined> {
    const client = await this.source.connected(this.signal);
    try {
      return await new Promise<T | undefined>((resolve, reject) => {
        send(client, (error, value) => (error ? reject(asError(error)) : resolve(value)));
      });
    } catch (error) {
      if (CONFLICTS.includes(codeOf(error))) return undefined;
      throw error;
    }
  }
}

/** A time of a `Stat`, in milliseconds since 1970. */
export const timeOf = (stamp: Buffer): number => Number(stamp.readBigInt64BE());

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
