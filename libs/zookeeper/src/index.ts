export { connectStringError, isRoot } from './connect-string.js';
export { isLeafHost, isLeafName } from './leaf/leaf-node.js';
export type { Leaf, LeafOptions } from './leaf/open-leaf.js';
export { openLeaf, openZooKeeper } from './open.js';
export type { ZooKeeper, ZooKeeperOptions } from './open-zookeeper.js';
export type { NodeDescription } from './worker-node.js';
export type { ZooKeeperLog } from './zookeeper-session.js';
