import type { Witness } from '#core';
import { ZooKeeperSession } from '../zookeeper-session.js';
import { SESSION_MS } from '../zookeeper.fixture.js';
import { witnessNodeName } from './witness-node.js';
import { ZooKeeperWitness, type ZooKeeperWitnessOptions } from './zookeeper-witness.js';

const log = { info: () => undefined, warn: () => undefined };

/** One node's witness, with a session of its own. */
export function openWitness(
  connectString: string,
  options: ZooKeeperWitnessOptions,
  sessionTimeoutMs = SESSION_MS,
): { witness: Witness; ready(): Promise<void>; close(): Promise<void> } {
  const session = new ZooKeeperSession({ connectString, sessionTimeoutMs, log });
  return {
    witness: new ZooKeeperWitness(session, options),
    ready: () => session.ready(),
    close: () => session.close(),
  };
}

export const pathOf = (root: string, key: string) => `${root}/witness/${witnessNodeName(key)}`;
