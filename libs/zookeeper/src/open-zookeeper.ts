import type { AuditedWorkerStore, Witness } from '#core';
import { connectStringError, isRoot } from './connect-string.js';
import { listAudit } from './worker-audit.js';
import { listWorkers } from './worker-list.js';
import type { NodeDescription } from './worker-node.js';
import { WorkerRecordCalls } from './worker-record-calls.js';
import { WorkerTree } from './worker-tree.js';
import { ZooKeeperWitness } from './witness/zookeeper-witness.js';
import { ZooKeeperSession, type ZooKeeperLog } from './zookeeper-session.js';

export interface ZooKeeperOptions {
  /** `h1:2181,h2:2181` */
  connectString: string;
  /** An absolute path that is this service's own. Nodes that lack are created. */
  root: string;
  /** After so long without a sign of life the servers end the session; they may keep to limits of their own. */
  sessionTimeoutMs: number;
  log: ZooKeeperLog;
  /** What operators find beside each record. */
  node: NodeDescription;
}

export interface ZooKeeper {
  /** Nothing of them is written before they are used. */
  readonly workers: AuditedWorkerStore;
  readonly witness: Witness;
  /** Resolves once connected; rejects only when it is closed before. */
  ready(): Promise<void>;
  /** Gives up waiting callers and ends the session; settles within about a second. */
  close(this: void): Promise<void>;
}

/**
 * Connects in the background: does not wait for a server, and calls before that wait within their own time.
 * @throws Error for servers or a root that cannot be used
 */
export function openZooKeeper(options: ZooKeeperOptions): ZooKeeper {
  return openRecords(options, options.root).zookeeper;
}

/** The same with the records at another root, and what else can be built on the session. */
export function openRecords(
  options: ZooKeeperOptions,
  recordsRoot: string,
): {
  session: ZooKeeperSession;
  tree: WorkerTree;
  zookeeper: ZooKeeper;
} {
  const { connectString, root, log, node } = options;
  const error = connectStringError(connectString);
  if (error !== undefined) throw new Error(error);
  if (!isRoot(root)) throw new Error(`'${root}' is no path such as /idun`);
  const session = new ZooKeeperSession(options);
  const tree = new WorkerTree(session, { root: recordsRoot, log, description: node });
  const zookeeper: ZooKeeper = {
    workers: {
      list: (timeoutMs) => session.within(timeoutMs, (nodes) => listWorkers(tree, nodes)),
      auditRecords: (limit, timeoutMs) =>
        session.within(timeoutMs, (nodes) => listAudit(tree, nodes, limit)),
      within: (timeoutMs, work) =>
        session.within(timeoutMs, (nodes) => work(new WorkerRecordCalls(tree, nodes))),
    },
    witness: new ZooKeeperWitness(session, { root }),
    ready: () => session.ready(),
    close: () => session.close(),
  };
  return { session, tree, zookeeper };
}
