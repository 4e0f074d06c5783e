import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Checker } from './checker.js';
import { applyEdit } from './compile.js';
import { EventQueue } from './event-queue.js';
import { PER_MILLISECOND } from './ids.js';
import { Machine } from './machine.js';
import { MUTANTS } from './mutants.js';
import { parseOptions } from './options.js';
import { merge, reportOf } from './report.js';
import { LEAST, simulate, type Outcome } from './simulation.js';
import { World } from './world.js';

async function traceOf(seed: number): Promise<string[]> {
  const lines: string[] = [];
  const { violations } = await simulate(seed, (line) => lines.push(line));
  expect(violations).toEqual([]);
  return lines;
}

describe('the simulation', () => {
  it('is the same for the same seed, and another one for another seed', async () => {
    const trace = await traceOf(7);
    expect(trace.length).toBeGreaterThan(LEAST.events);
    expect(await traceOf(7)).toEqual(trace);
    expect(await traceOf(8)).not.toEqual(trace);
  });

  it('takes events in order of time, then of planning', () => {
    const queue = new EventQueue();
    const seen: string[] = [];
    const plan: [number, string][] = [
      [3, 'd'],
      [1, 'a'],
      [2, 'b'],
      [2, 'c'],
      [9, 'e'],
    ];
    for (const [atMs, name] of plan) queue.push(atMs, () => seen.push(name));
    for (let entry = queue.pop(); entry; entry = queue.pop()) entry.run();
    expect(seen).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('lets the monotonic clock stand still while a machine is suspended, and only then', async () => {
    const world = new World(1);
    const machine = new Machine('node', world, 0, 1);
    const start = { wallMs: machine.wallMs(), monotonicMs: machine.monotonicMs() };
    machine.halt('suspend');
    await world.runUntil(100);
    machine.wake();
    expect([machine.wallMs() - start.wallMs, machine.monotonicMs() - start.monotonicMs]).toEqual([
      100, 0,
    ]);
    machine.halt('pause');
    await world.runUntil(150);
    expect(machine.monotonicMs() - start.monotonicMs).toBeCloseTo(50);
  });
});

describe('the checker', () => {
  const newChecker = () => new Checker(new World(1), 1_000);
  const id = 100 * PER_MILLISECOND;

  it('finds an id that was issued twice', () => {
    const checker = newChecker();
    checker.issue(id, 'a', Infinity);
    expect(checker.violations.size).toBe(0);
    checker.issue(id, 'b', Infinity);
    expect([...checker.violations.keys()]).toEqual(['unique']);
  });

  it('finds an id above what was reserved', () => {
    const checker = newChecker();
    checker.issue(id, 'a', 1_600_000_000_100);
    expect(checker.violations.size).toBe(0);
    checker.issue(id + PER_MILLISECOND, 'a', 1_600_000_000_100);
    expect([...checker.violations.keys()]).toEqual(['reserved']);
  });

  it('finds a write that leaves the reservation below an issued id', () => {
    const checker = newChecker();
    checker.issue(id, 'a', Infinity);
    checker.write(0, 1_600_000_000_100 - 1);
    expect([...checker.violations.keys()]).toEqual(['covered']);
  });

  it('finds a lease that is used for too long by either clock', () => {
    const requested = { wallMs: 0, monotonicMs: 0 };
    const checker = newChecker();
    checker.useLease('a', requested, { wallMs: 999, monotonicMs: 999 });
    expect(checker.violations.size).toBe(0);
    checker.useLease('a', requested, { wallMs: 1_000, monotonicMs: 0 });
    expect([...checker.violations.keys()]).toEqual(['clean end']);
  });
});

describe('reports', () => {
  const outcomeOf = (seed: number, violations: Outcome['violations']): Outcome => ({
    seed,
    violations,
    nodes: 4 + seed,
    events: 200,
    ids: 2_000,
    counts: { 'process stops': seed },
  });

  it('add up, and keep the failure of the lowest seed that breaks what is wanted', () => {
    const [first, second, third] = [
      reportOf(outcomeOf(1, [['size', 'too few']]), 'unique'),
      reportOf(outcomeOf(2, [['unique', 'twice']]), 'unique'),
      reportOf(outcomeOf(3, [['unique', 'twice']]), 'unique'),
    ];
    const report = [third, second, first].reduce(merge);
    expect(report).toMatchObject({ seeds: 3, events: 600, ids: 6_000, leastNodes: 5 });
    expect(report.counts).toEqual({ 'process stops': 6 });
    expect(report.failure?.seed).toBe(2);
  });
});

describe('mutants', () => {
  it('edit files that are there, each by a name of its own', () => {
    const root = join(import.meta.dirname, '../..');
    expect(MUTANTS.filter(({ file }) => !existsSync(join(root, file)))).toEqual([]);
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  });

  it('are refused where the snippet is not there exactly once', () => {
    const edit = { file: 'a.ts', find: 'x', replace: 'y' };
    expect(applyEdit('a x b', edit)).toBe('a y b');
    expect(() => applyEdit('x x', edit)).toThrow('2 times');
    expect(() => applyEdit('', edit)).toThrow('0 times');
  });
});

describe('options', () => {
  it('are whole numbers', () => {
    expect(parseOptions(['--seeds', '5', '--from', '0'])).toMatchObject({ seeds: 5, from: 0 });
    expect(() => parseOptions(['--seeds', '0'])).toThrow('--seeds');
    expect(() => parseOptions(['--seed', 'x'])).toThrow('--seed');
  });
});
