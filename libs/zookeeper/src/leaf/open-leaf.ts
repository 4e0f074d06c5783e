import type { Scheduler, WorkerLeaseStore } from '#core';
import { openRecords, type ZooKeeper, type ZooKeeperOptions } from '../open-zookeeper.js';
import { LeafHeartbeat } from './leaf-heartbeat.js';
import { isLeafName } from './leaf-node.js';
import { LeafRegistrations } from './leaf-registration.js';
import { LeafTree } from './leaf-tree.js';
import { LeafWorkerLeaseStore, type LeafTerms } from './leaf-worker-lease-store.js';

export interface LeafOptions extends ZooKeeperOptions {
  /** Leaf's `leaf.name`. */
  leafName: string;
  terms: LeafTerms;
  scheduler: Scheduler;
}

export interface Leaf extends ZooKeeper {
  readonly leases: WorkerLeaseStore;
}

/**
 * Worker ids that are shared with a running Leaf, whose path in ZooKeeper is `/snowflake/<leaf.name>`. Our own records
 * are below `<root>/leaf/<leaf.name>`, the witness where it is without a Leaf. Connects in the background.
 * @throws Error for servers, a root or a name that cannot be used
 */
export function openLeaf(options: LeafOptions): Leaf {
  const { leafName, terms, scheduler, log } = options;
  if (!isLeafName(leafName)) throw new Error(`'${leafName}' is no name of a Leaf`);
  const root = `${options.root}/leaf/${leafName}`;
  const { session, tree: records, zookeeper } = openRecords(options, root);
  const tree = new LeafTree(records, root, leafName);
  const heartbeat = new LeafHeartbeat({ session, tree, clock: terms.clock, scheduler, log });
  const registrations = new LeafRegistrations(tree, terms);
  const deps = { session, tree, registrations, heartbeat, records: zookeeper.workers };
  return {
    ...zookeeper,
    leases: new LeafWorkerLeaseStore(deps, terms),
    close() {
      heartbeat.stop();
      return zookeeper.close();
    },
  };
}
