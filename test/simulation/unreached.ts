import { basename } from 'node:path';
import type { Branch } from './instrument.js';

export const LEASE_FILES = /^libs\/core\/src\/worker-lease\/(?!.*spec).*\.ts$/;

/** Branches that no seed takes, and why. */
const REASONS: Readonly<Record<string, string>> = {
  'lease-candidates.ts `workerId >= firstWorkerId is false`':
    'All simulated nodes share one range of ids, which begins at 0; the contract of the stores has others.',
  'lease-candidates.ts `!Number.isSafeInteger(version + 1) is true`':
    'No seed has that many writes; the contract of the stores has such a record.',
  'worker-lease.ts `attempt < 2 is false`':
    'The second renewal is sent for what is wanted; where it fails, the loop is left before.',
  "worker-lease.ts `this.state !== 'idle' is true`": 'A simulated process starts its lease once.',
  "worker-lease.ts `this.state !== 'running' is true`":
    'A stop cancels the timer and `held` refuses from then on; a unit test has the rest.',
  'worker-lease.ts `this.current?.highestTimestampMs is missing`':
    'A renewal follows an acquisition, which sets it.',
  'worker-lease.ts `error === undefined is false`':
    'A store rejects with nothing but an IdunError, so says its port.',
  'worker-registry.ts `attempt < 2 is false`':
    'Two late writes of one process would have to arrive within one of its calls.',
  'worker-registry.ts `!record is true`': 'Records are never deleted.',
};

export function applyUnreached(branches: readonly Branch[]): {
  named: { branch: Branch; reason: string }[];
  unnamed: Branch[];
  /** What is explained here, but is taken or is gone. */
  stale: string[];
} {
  const keys = new Set(branches.map(keyOf));
  return {
    named: branches.flatMap((branch) => {
      const reason = REASONS[keyOf(branch)];
      return reason === undefined ? [] : [{ branch, reason }];
    }),
    unnamed: branches.filter((branch) => REASONS[keyOf(branch)] === undefined),
    stale: Object.keys(REASONS).filter((key) => !keys.has(key)),
  };
}

const keyOf = ({ file, text }: Branch) => `${basename(file)} \`${text}\``;
