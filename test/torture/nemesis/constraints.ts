import { DATABASE_FAULTS } from './database-faults.js';
import { NODE_FAULTS } from './node-faults.js';
import { SERVER_FAULTS } from './server-faults.js';
import type { FaultKind } from './fault.js';
import { WIRE_FAULTS } from './wire-faults.js';

export const FAULTS: Readonly<Record<string, FaultKind>> = {
  ...NODE_FAULTS,
  ...DATABASE_FAULTS,
  ...SERVER_FAULTS,
  ...WIRE_FAULTS,
};

/** Kinds in which the store goes back in time, or another one takes its place. */
export const FORGETS = /rewind|failover|old primary/;
/** Kinds in which some node cannot claim what it leases. */
const BLINDS = /zookeeper (quorum|wire)/;

interface Rule {
  a: RegExp;
  b: RegExp;
  why: string;
  /** Where nodes give nothing that they cannot claim. */
  unlessRequired?: boolean;
}

/** What never overlaps, beside faults that take the same thing. */
const APART: readonly Rule[] = [
  {
    a: FORGETS,
    b: BLINDS,
    why: 'under `prefer` a node that cannot claim gives ranges all the same: then nothing but a margin covers a rewind',
    unlessRequired: true,
  },
  {
    a: /zookeeper (quorum|member)/,
    b: /zookeeper wire/,
    why: 'a member lost and the wires to the others are no less than a quorum lost, and are drawn as that',
  },
];

/** Two of three nodes may be away at a time: somebody has to be there to be wrong. */
const NODES_AWAY = 2;

export interface Placed {
  kind: string;
  takes: readonly string[];
}

/** Whether a fault may overlap with those that were drawn already. */
export function mayJoin(fault: Placed, others: readonly Placed[], isRequired: boolean): boolean {
  const isProcess = ({ takes }: Placed) => takes.some((each) => each.startsWith('process of'));
  if (isProcess(fault) && others.filter(isProcess).length >= NODES_AWAY) return false;
  return others.every((other) => mayMeet(fault, other, isRequired));
}

function mayMeet(one: Placed, other: Placed, isRequired: boolean): boolean {
  if (one.takes.some((each) => other.takes.includes(each))) return false;
  return !APART.some(
    ({ a, b, unlessRequired = false }) =>
      !(unlessRequired && isRequired) &&
      ((a.test(one.kind) && b.test(other.kind)) || (a.test(other.kind) && b.test(one.kind))),
  );
}
