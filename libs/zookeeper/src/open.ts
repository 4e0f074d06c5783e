import type { Leaf, LeafOptions } from './leaf/open-leaf.js';
import type { ZooKeeper, ZooKeeperOptions } from './open-zookeeper.js';

// The client is loaded only where it is used: it costs several megabytes of memory.

/** As `openZooKeeper` of open-zookeeper.ts; rejects where that throws. */
export async function openZooKeeper(options: ZooKeeperOptions): Promise<ZooKeeper> {
  const module = await import('./open-zookeeper.js');
  return module.openZooKeeper(options);
}

/** As `openLeaf` of leaf/open-leaf.ts; rejects where that throws. */
export async function openLeaf(options: LeafOptions): Promise<Leaf> {
  const module = await import('./leaf/open-leaf.js');
  return module.openLeaf(options);
}
