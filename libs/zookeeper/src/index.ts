export { connectStringError, isRoot } from './connect-string.js';
export { isLeafHost, isLeafName } from './leaf/leaf-node.js';
export { openLeaf, type Leaf, type LeafOptions } from './leaf/open-leaf.js';
export { openZooKeeper, type ZooKeeper, type ZooKeeperOptions } from './open-zookeeper.js';
export type { NodeDescription } from './worker-node.js';
export type { ZooKeeperLog } from './zookeeper-session.js';
