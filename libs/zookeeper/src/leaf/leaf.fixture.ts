import { randomUUID } from 'node:crypto';
import zookeeper, { type Client, type Stat } from 'node-zookeeper-client';
import { FakeClock } from '#testing';
import { TERMS } from '../../../testing/src/worker-lease-bench.js';
import { ask, plainClient } from '../zookeeper.fixture.js';
import { openLeaf, type Leaf } from './open-leaf.js';

export interface LeafBench {
  connectString: string;
  root: string;
  leafName: string;
  forever: string;
}

export function freshBench(connectString: string): LeafBench {
  const leafName = `leaf-${randomUUID()}`;
  return {
    connectString,
    root: `/test-${randomUUID()}`,
    leafName,
    forever: `/snowflake/${leafName}/forever`,
  };
}

/** One node of ours; its monotonic clock and its timers move when a test says so. */
export function openNode({ connectString, root, leafName }: LeafBench): Leaf & {
  clock: FakeClock;
  warnings: string[];
} {
  const clock = new FakeClock(Date.now());
  const warnings: string[] = [];
  const leaf = openLeaf({
    connectString,
    root,
    leafName,
    sessionTimeoutMs: 10_000,
    log: { info: () => undefined, warn: (_, message) => void warnings.push(message) },
    node: {},
    terms: { ...TERMS, lastWorkerId: 1_023, clock },
    scheduler: clock,
  });
  return { ...leaf, clock, warnings };
}

/** What a Leaf does in ZooKeeper, in its order, down to its mistake with a root that is not there. */
export class LeafProcess {
  workerId = -1;
  path = '';
  private constructor(
    private readonly client: Client,
    private readonly forever: string,
    private readonly address: string,
    private readonly sawRoot: boolean,
  ) {}

  static async start(bench: LeafBench, address: string): Promise<LeafProcess> {
    const leaf = await LeafProcess.look(bench, address);
    await leaf.register();
    return leaf;
  }

  /** The first thing that it does: see whether there is a root. */
  static async look({ connectString, forever }: LeafBench, address: string): Promise<LeafProcess> {
    const client = await plainClient(connectString);
    const stat = await ask((done) => client.exists(forever, done));
    return new LeafProcess(client, forever, address, stat !== null);
  }

  async register(): Promise<void> {
    const { client, forever, address, sawRoot } = this;
    if (!sawRoot) {
      await ask((done) => client.mkdirp(forever, done));
      await this.create();
      this.workerId = 0;
      return;
    }
    const names = await ask<string[]>((done) => client.getChildren(forever, done));
    const own = names.find((name) => name.split('-')[0] === address);
    if (own === undefined) await this.create();
    else this.path = `${forever}/${own}`;
    this.workerId = Number.parseInt(this.path.split('/').at(-1)!.split('-')[1]!, 10);
    if (own !== undefined && (await this.read()).timestamp > Date.now()) {
      throw new Error('the clock is behind the timestamp of the node');
    }
  }

  /** What it does every 3 s. */
  beat(timestamp = Date.now()): Promise<unknown> {
    return ask((done) => this.client.setData(this.path, this.data(timestamp), done));
  }

  close(): void {
    this.client.close();
  }

  private async read(): Promise<{ timestamp: number }> {
    const data = await ask<Buffer>((done) =>
      this.client.getData(this.path, (error, read) => done(error, read)),
    );
    return JSON.parse(String(data)) as { timestamp: number };
  }

  private async create(): Promise<void> {
    const { client, forever, address } = this;
    const mode = zookeeper.CreateMode.PERSISTENT_SEQUENTIAL;
    this.path = await ask((done) =>
      client.create(`${forever}/${address}-`, this.data(Date.now()), mode, done),
    );
  }

  private data(timestamp: number): Buffer {
    const [ip, port] = this.address.split(':');
    return Buffer.from(JSON.stringify({ ip, port, timestamp }));
  }
}

/** Makes and removes children until the next sequence number is this one. The root has to be there. */
export async function moveSequence(
  { connectString, forever }: LeafBench,
  to: number,
): Promise<void> {
  const client = await plainClient(connectString);
  const path = `${forever}/x`;
  const stat = await ask<Stat>((done) => client.exists(forever, done));
  for (let next = (stat.cversion + stat.numChildren) / 2; next < to;) {
    const transaction = client.transaction();
    const batchEnd = Math.min(to, next + 100);
    for (; next < batchEnd; next++) transaction.create(path).remove(path);
    // oxlint-disable-next-line no-await-in-loop -- one batch after the other
    await ask((settle) => transaction.commit(settle));
  }
  client.close();
}
