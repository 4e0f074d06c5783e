import { USUAL, type Scenario } from '../scenario.js';

/** The build broken on purpose in one place, and a short run that shows it. */
export interface Mutant {
  /** What is broken. */
  text: string;
  /** Of `dist`. */
  file: string;
  find: string;
  replace: string;
  seconds: number;
  seed: number;
  scenario: Scenario;
}

/** Not all works here even without the mutant: more nodes than worker ids, or clocks that differ. */
const SHORT = { ...USUAL, clocks: {}, load: 1, longestMs: 2_500, isPatient: false };

/** With ZooKeeper the second of two equal ranges would be refused. */
const NO_WITNESS = { IDUN_ZOOKEEPER_CONNECT: undefined };

/** Two worker ids, leased in the database for a short time. */
const FEW_WORKER_IDS = {
  ...NO_WITNESS,
  IDUN_SNOWFLAKE_LAYOUT: '52-1-10',
  IDUN_WORKER_TTL_MS: '2000',
};

/** What five milliseconds have room for, and often, so that two holders of an id soon meet. */
const SNOWFLAKES = { batch: 5_000, batchEvery: 2 };

export const MUTANTS: Readonly<Record<string, Mutant>> = {
  reservation: {
    text: 'a renewal is confirmed without its reservation being written',
    file: 'libs/core/src/worker-lease/worker-registry.js',
    find: 'if (!(await records.update(record, renewed)))',
    replace:
      'if (!(await records.update(record, { ...renewed, reservedUntilMs: record.reservedUntilMs })))',
    seconds: 9,
    seed: 1,
    scenario: {
      ...SHORT,
      faults: ['node kill'],
      // Who takes over the id is behind its old holder, but within what is ridden out.
      env: { ...FEW_WORKER_IDS, IDUN_WORKER_TTL_MS: '1000', IDUN_CLOCK_TOLERANCE_MS: '10000' },
      clocks: { 1: '+8s' },
      snowflakes: SNOWFLAKES,
    },
  },
  version: {
    text: 'the record of a worker id is written whatever its version and owner',
    file: 'libs/store/src/worker-lease/worker-writes.js',
    find: 'WHERE worker_id = ? AND version = ? AND owner = ?`',
    // Slow, too, so that two that wait for an id read the same record before one of them has written.
    replace: 'WHERE worker_id = ? AND SLEEP(0.3) = 0 AND ? IS NOT NULL AND ? IS NOT NULL`',
    seconds: 9,
    seed: 1,
    scenario: {
      ...SHORT,
      nodes: 4,
      faults: ['node stop'],
      env: { ...FEW_WORKER_IDS, IDUN_SEGMENT_ENABLED: 'false' },
      longestMs: 1_200,
      snowflakes: SNOWFLAKES,
    },
  },
  allocation: {
    text: 'max_id is read, then written',
    file: 'libs/store/src/mysql/mysql-segment-dialect.js',
    find: 'const result = await keyed(sql, `UPDATE leaf_alloc l LEFT JOIN idun_key k ON k.biz_tag = ?',
    replace: `const seen = await read(sql, key);
        const end = seen.maxId + size;
        await sql.run(
          'UPDATE leaf_alloc l LEFT JOIN idun_key k ON k.biz_tag = ? SET l.max_id = ?, k.leases = k.leases + 1, k.largest = GREATEST(k.largest, ?) WHERE l.biz_tag = ?',
          [key, end, size, key],
        );
        return { end, isCounted: true };
        const result = await keyed(sql, \`UPDATE leaf_alloc l LEFT JOIN idun_key k ON k.biz_tag = ?`,
    seconds: 4,
    seed: 1,
    // With a journal another statement does it, within a transaction.
    scenario: {
      ...SHORT,
      faults: ['node pause'],
      env: { ...NO_WITNESS, IDUN_JOURNAL: undefined },
    },
  },
  claim: {
    text: 'a claim that the witness refuses counts as accepted',
    file: 'libs/core/src/witness/witness-state.js',
    find: "return { state, answer: { verdict: 'rewound', mark } };",
    replace: "return { state, answer: { verdict: 'claimed', claim: state.claims } };",
    seconds: 6,
    seed: 1,
    scenario: { ...SHORT, faults: ['rewind of the rows'] },
  },
  tail: {
    text: 'a tail is returned from the start of its range',
    file: 'libs/core/src/segment/segment-stock.js',
    find: 'return { start: next, end, leases:',
    replace: 'return { start: range.start, end, leases:',
    seconds: 6,
    seed: 1,
    scenario: { ...SHORT, faults: ['node stop'] },
  },
  'put back': {
    text: 'max_id goes back to the start of a tail, whoever has leased above',
    file: 'libs/store/src/free-range/sql-free-ranges.js',
    find: 'if (maxId !== range.end || now !== leases) {',
    replace: 'if (range.end === range.start) {',
    seconds: 6,
    seed: 1,
    scenario: { ...SHORT, faults: ['node stop'], env: NO_WITNESS },
  },
};
