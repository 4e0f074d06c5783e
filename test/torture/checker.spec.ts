import { describe, expect, it, vi, onTestFinished } from 'vitest';
import { check, failuresOf } from './checker/check.js';
import { JournalCauses, KILLED_OR_BURNED } from './checker/journal-causes.js';
import type { JournalEntry } from './checker/run-files.js';
import { sortedRuns } from './checker/sort-records.js';
import { BEGIN_MS, HOT, runFolder, writer } from './torture-checker.fixture.js';

const killed = {
  kind: 'node kill',
  target: 'node 1',
  round: 1,
  beginMs: BEGIN_MS + 1_000,
  endMs: BEGIN_MS + 2_000,
};

/** Two processes that share the ids of one key, and what a test plants. */
function twoCallers(plant: (a: ReturnType<typeof writer>, b: ReturnType<typeof writer>) => void) {
  const folder = runFolder();
  const [a, b] = [writer(folder, 1), writer(folder, 2)];
  for (let id = 1n; id <= 100_000n; id += 20n) {
    a.run(id, 10, HOT);
    b.run(id + 10n, 10, { ...HOT, node: 2 });
  }
  plant(a, b);
  a.close();
  b.close();
  return check(folder);
}

describe('the checker', () => {
  it('finds nothing in ids that are all there, once each, in order', () => {
    const findings = twoCallers(() => {});
    expect(failuresOf(findings)).toEqual([]);
    expect(findings.gaps.size).toBe(0);
    expect(findings.spaces.get(0)).toEqual({ runs: 10_000, ids: 100_000n, duplicates: 0n });
  });

  it('finds one planted duplicate, with who had it', () => {
    const findings = twoCallers((a) => a.run(77_777n, 1, { ...HOT, connection: 9 }));
    expect(failuresOf(findings)).toEqual(['1 duplicates of hot']);
    const [duplicate] = findings.duplicates;
    expect(duplicate).toMatchObject({ first: 77_777n, count: 1n });
    expect(duplicate?.runs.map(({ process }) => process).toSorted()).toEqual([1, 2]);
  });

  it('counts each id of ranges that overlap, also where one lies within another', () => {
    const findings = twoCallers((a) => a.run(50_001n, 1_000, { ...HOT, connection: 5 }));
    expect(findings.spaces.get(0)?.duplicates).toBe(1_000n);
  });

  it('finds a duplicate that one caller had twice', () => {
    const findings = twoCallers((a) => a.run(99_981n, 1, HOT));
    expect(failuresOf(findings)).toEqual(['1 duplicates of hot', '1 ids below the one before']);
  });

  it('takes the same id of another key, and of a snowflake, for another id', () => {
    const findings = twoCallers((a) => {
      a.run(1n, 100, { ...HOT, space: 1 });
      a.run(1n, 100, { ...HOT, space: 2 });
    });
    expect(failuresOf(findings)).toEqual([]);
  });

  it('tells apart snowflakes above 2^53', () => {
    const first = 2n ** 62n + 1n;
    const findings = twoCallers((a, b) => {
      a.run(first, 1, { ...HOT, space: 2 });
      b.run(first + 1n, 1, { ...HOT, space: 2 });
      b.run(first, 1, { ...HOT, space: 2, connection: 2 });
    });
    expect(failuresOf(findings)).toEqual(['1 duplicates of snowflake']);
    expect(findings.duplicates[0]?.first).toBe(first);
  });

  it('finds one planted inversion on a connection to a node', () => {
    const findings = twoCallers((a) => {
      a.run(100_011n, 5, HOT);
      a.run(100_001n, 10, HOT);
    });
    expect(failuresOf(findings)).toEqual(['1 ids below the one before']);
    expect(findings.inversions[0]).toMatchObject({ before: 100_015n, run: { first: 100_001n } });
  });

  it('wants no order over two connections, nor of calls that no connection is bound to', () => {
    const findings = twoCallers((a) => {
      a.run(100_011n, 5, HOT);
      a.run(100_006n, 5, { ...HOT, connection: 2 });
      a.run(100_001n, 5, { ...HOT, call: 1 });
    });
    expect(failuresOf(findings)).toEqual([]);
  });

  it('finds one planted gap', () => {
    const findings = twoCallers((a) => a.run(100_501n, 1, HOT));
    expect([...findings.gaps]).toEqual([
      ['an answer that no one waited for', { gaps: 1, ids: 500n, largest: 500n }],
    ]);
  });

  it('fails a run without ids', () => {
    expect(failuresOf(check(runFolder()))).toEqual(['no id was received']);
  });
});

describe('a gap', () => {
  it('is what was killed meanwhile, but for what the store has taken back', () => {
    vi.useFakeTimers({ now: BEGIN_MS + 3_000, toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const folder = runFolder([killed], [], {
      keys: { hot: { maxId: '500', free: [['101', '131']] } },
    });
    const a = writer(folder, 1);
    a.run(1n, 100, HOT);
    a.run(201n, 100, HOT);
    a.close();
    expect([...check(folder).gaps]).toEqual([
      ['returned, and not issued again yet', { gaps: 1, ids: 30n, largest: 30n }],
      ['kill -9 of a node', { gaps: 1, ids: 70n, largest: 70n }],
    ]);
  });
});

describe('sorting', () => {
  it('gives every run once and in order, through many small pieces', () => {
    const folder = runFolder();
    const files = [1, 2, 3].map((process) => {
      const out = writer(folder, process);
      for (let i = 0n; i < 5_000n; i++) {
        const first = (i * 7_919n * BigInt(process) ** 9n) % 2n ** 63n;
        out.run(first, 1, { ...HOT, space: Number(i % 3n) });
      }
      out.close();
      return `${folder}/${process}.ids`;
    });
    const runs = [...sortedRuns(files, folder, 1_000)];
    expect(runs).toHaveLength(15_000);
    const sorted = runs.toSorted((a, b) => a.space - b.space || (a.first < b.first ? -1 : 1));
    expect(runs.map(({ space, first }) => [space, first])).toEqual(
      sorted.map(({ space, first }) => [space, first]),
    );
    expect(new Set(runs.map(({ process, sequence }) => `${process} ${sequence}`)).size).toBe(
      15_000,
    );
  });
});

describe('the journal', () => {
  const entry = (start: number, end: number, more: Partial<JournalEntry> = {}): JournalEntry => ({
    kind: 'segment',
    start: String(start),
    end: String(end),
    holder: 'n1',
    state: 'open',
    returnedFrom: null,
    atMs: 10,
    ...more,
  });
  const explain = (causes: JournalCauses, first: number, count: number) =>
    Object.fromEntries(causes.explain({ first: BigInt(first), count: BigInt(count) }));

  it('tells what a killed node had in memory from what was burned before', () => {
    const causes = new JournalCauses([
      entry(1, 101),
      entry(101, 201, { holder: 'n2' }),
      // Never came, as the next ones did.
      entry(201, 301),
      entry(301, 401),
      entry(401, 501),
      entry(501, 601, { atMs: 30 }),
    ]);
    expect(explain(causes, 201, 100)).toEqual({ [KILLED_OR_BURNED]: 100n });
    expect(explain(causes, 351, 150)).toEqual({ [KILLED_OR_BURNED]: 150n });
    expect(explain(causes, 551, 50)).toEqual({ [KILLED_OR_BURNED]: 50n });
    const kill = (beginMs: number) => ({ ...killed, beginMs });
    expect(causes.segmentsLost('n1', [kill(20), kill(40)], 100n)).toEqual([2, 1]);
    expect(causes.segmentsLost('n2', [kill(20)], 100n)).toEqual([0]);
  });

  it('goes by what became of an id last', () => {
    const causes = new JournalCauses([
      entry(1, 101, { state: 'returned', returnedFrom: '41' }),
      entry(41, 71, { state: 'superseded' }),
    ]);
    expect(explain(causes, 31, 60)).toEqual({
      'dropped: not admitted, or a lease that was never answered': 30n,
      'an answer that no one waited for': 10n,
      'returned, and not issued again yet': 20n,
    });
  });

  it('does not explain what it has no record of', () => {
    const causes = new JournalCauses([entry(11, 21, { kind: 'lease' })]);
    expect(explain(causes, 1, 30)).toEqual({ 'the rest of a lease that never came back': 10n });
  });
});
