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

/** Two worker ids, leased in the database for a short time. */
const FEW_WORKER_IDS = {
  IDUN_ZOOKEEPER_CONNECT: undefined,
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
    find: 'const result = await keyed(sql, `UPDATE leaf_alloc SET max_id = LAST_INSERT_ID(GREATEST(max_id, 1) + ?)',
    replace: `const seen = await read(sql, key);
        await sql.run('UPDATE leaf_alloc SET max_id = ? WHERE biz_tag = ?', [seen.maxId + size, key]);
        return seen.maxId + size;
        const result = await keyed(sql, \`UPDATE leaf_alloc SET max_id = LAST_INSERT_ID(GREATEST(max_id, 1) + ?)`,
    seconds: 4,
    seed: 1,
    scenario: {
      ...SHORT,
      faults: ['node pause'],
      // With a witness the second of two equal ranges would be refused.
      env: { IDUN_ZOOKEEPER_CONNECT: undefined },
    },
  },
};
