import zookeeper from 'node-zookeeper-client';
import type { ZooKeeperNodes } from './zookeeper-nodes.js';
import type { ZooKeeperSession } from './zookeeper-session.js';

interface Held {
  owner: string;
  /** ZooKeeper's version of the record node after the last write. */
  nodeVersion: number;
}

const TIMEOUT_MS = 5_000;
/** So long a call waits for the node, so that whoever looks next usually finds it. */
const WAIT_MS = 200;

/**
 * The ephemeral nodes `alive/<id>`: which holders have a session. They let an id go on sooner after a crash, and
 * show operators who is there. No lease depends on them: they have their own time, and failures are left to the
 * next renewal.
 */
export class AliveNodes {
  private readonly held = new Map<number, Held>();

  constructor(
    private readonly session: ZooKeeperSession,
    readonly path: string,
    private readonly records: string,
  ) {
    session.onNewSession(() => void this.restore());
  }

  /** Makes sure of the node in this session, unless the record was written since by somebody else. */
  async hold(workerId: number, held: Held): Promise<void> {
    const isSameOwner = this.held.get(workerId)?.owner === held.owner;
    this.held.set(workerId, held);
    await this.aside((nodes) => this.show(nodes, workerId, held, isSameOwner));
  }

  /** The node goes with the release. */
  async release(workerId: number, nodeVersion: number): Promise<void> {
    this.held.delete(workerId);
    await this.aside((nodes) =>
      nodes.commit((all) =>
        all.check(`${this.records}/${workerId}`, nodeVersion).remove(`${this.path}/${workerId}`),
      ),
    );
  }

  /** A new session has none of the nodes. */
  private async restore(): Promise<void> {
    await this.aside((nodes) =>
      Promise.all([...this.held].map(([id, held]) => this.show(nodes, id, held, true))),
    );
  }

  private async show(
    nodes: ZooKeeperNodes,
    workerId: number,
    { owner, nodeVersion }: Held,
    isSameOwner: boolean,
  ): Promise<void> {
    const path = `${this.path}/${workerId}`;
    const isOurs = await nodes.isOurs(path);
    if (isOurs === true && isSameOwner) return;
    await nodes.commit((all) => {
      all.check(`${this.records}/${workerId}`, nodeVersion);
      // That of an earlier holder, or of our own earlier session: it would go when that session ends.
      if (isOurs !== undefined) all.remove(path);
      return all.create(path, Buffer.from(owner), zookeeper.CreateMode.EPHEMERAL);
    });
  }

  private async aside(work: (nodes: ZooKeeperNodes) => Promise<unknown>): Promise<void> {
    const done = this.session.within(TIMEOUT_MS, work).catch(() => undefined);
    let timer: NodeJS.Timeout | undefined;
    const waited = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, WAIT_MS);
    });
    await Promise.race([done, waited]);
    clearTimeout(timer);
  }
}
