import type { Witness } from '#core';
import { ZooKeeperSession } from '../zookeeper-session.js';
import { SESSION_MS, type Logged } from '../zookeeper.fixture.js';
import { witnessNodeName } from './witness-node.js';
import { ZooKeeperWitness, type ZooKeeperWitnessOptions } from './zookeeper-witness.js';

/** One node's witness, with a session of its own, and what that logged. */
export function openWitness(
  connectString: string,
  options: ZooKeeperWitnessOptions,
  sessionTimeoutMs = SESSION_MS,
): { witness: Witness; logged: Logged[]; close(): Promise<void> } {
  const logged: Logged[] = [];
  const note = (details: object, message: string) => void logged.push({ message, details });
  const log = { info: note, warn: note };
  const session = new ZooKeeperSession({ connectString, sessionTimeoutMs, log });
  return {
    witness: new ZooKeeperWitness(session, options),
    logged,
    close: () => session.close(),
  };
}

export const pathOf = (root: string, key: string) => `${root}/witness/${witnessNodeName(key)}`;
