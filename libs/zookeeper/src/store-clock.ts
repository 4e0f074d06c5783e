import { timeOf, type ZooKeeperNodes } from './zookeeper-nodes.js';

/** ZooKeeper's own time: that of the leader, which stamps every write. */
export class StoreClock {
  private readonly path: string;

  constructor(root: string) {
    this.path = `${root}/clock`;
  }

  /** That of a write, as there is no other way to ask for it. */
  async nowMs(nodes: ZooKeeperNodes): Promise<number> {
    let written = await nodes.touch(this.path);
    while (!written) {
      // oxlint-disable-next-line no-await-in-loop -- again only where somebody removes it at this very moment
      await createPath(nodes, this.path);
      // oxlint-disable-next-line no-await-in-loop
      written = await nodes.touch(this.path);
    }
    return timeOf(written.mtime);
  }
}

/** A node with all above it, as far as they lack. */
export async function createPath(nodes: ZooKeeperNodes, path: string): Promise<void> {
  const parts = path.split('/').slice(1);
  for (const [i] of parts.entries()) {
    // oxlint-disable-next-line no-await-in-loop -- each below the one before
    await nodes.create(`/${parts.slice(0, i + 1).join('/')}`);
  }
}
