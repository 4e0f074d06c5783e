import { expect, it } from 'vitest';
import { FAULTS, mayJoin, type Placed } from './nemesis/constraints.js';

const processOf = (node: number): Placed => ({
  kind: 'node kill',
  takes: [`process of node ${node}`],
});
const rewind: Placed = { kind: 'rewind of the rows', takes: ['database'] };
const failover: Placed = { kind: 'failover', takes: ['database'] };
const quorum: Placed = { kind: 'zookeeper quorum kill', takes: ['zookeeper'] };
const blind: Placed = { kind: 'zookeeper wire cut', takes: ['a zookeeper wire'] };
const member: Placed = { kind: 'zookeeper member kill', takes: ['zookeeper'] };

it('breaks different things at once', () => {
  expect(mayJoin(rewind, [processOf(1), member], false)).toBe(true);
  expect(mayJoin(processOf(2), [processOf(1), quorum], false)).toBe(true);
});

it('does not break the same thing twice, nor takes all nodes away', () => {
  expect(mayJoin(processOf(1), [processOf(1)], false)).toBe(false);
  expect(mayJoin(failover, [rewind], false)).toBe(false);
  expect(mayJoin(processOf(3), [processOf(1), processOf(2)], false)).toBe(false);
});

it.each([rewind, failover])(
  '$kind comes without a node that cannot claim, unless that gives nothing',
  (forgets) => {
    for (const other of [quorum, blind]) {
      expect(mayJoin(forgets, [other], false)).toBe(false);
      expect(mayJoin(other, [forgets], false)).toBe(false);
      expect(mayJoin(forgets, [other], true)).toBe(true);
    }
  },
);

it('knows every kind by what it takes: names that the rules go by', () => {
  expect(Object.keys(FAULTS)).toEqual(
    expect.arrayContaining(['failover', 'return of the old primary', 'zookeeper quorum pause']),
  );
});
