import type { Logger } from 'pino';
import { systemClock, type RangeJournal } from '#core';
import type { Config } from './config/index.js';
import { RateLimitedLog } from './edge/rate-limited-log.js';

const PERIOD_MS = 60_000;
const PRUNED_AT_ONCE = 1_000;
const TIMEOUT_MS = 2_000;
const HOUR_MS = 3_600_000;

/** Old entries go in the background, also once nobody writes new ones. Ends with what is returned. */
export function keepJournalShort(
  { journal: { retentionHours } }: Pick<Config, 'journal'>,
  journal: RangeJournal,
  log: Logger,
): () => void {
  const failures = new RateLimitedLog(log, () => systemClock.monotonicMs());
  const timer = setInterval(() => {
    journal
      .prune(retentionHours * HOUR_MS, PRUNED_AT_ONCE, TIMEOUT_MS)
      .catch((err: unknown) =>
        failures.warn({ err }, 'Old entries of the journal could not be deleted'),
      );
  }, PERIOD_MS).unref();
  return () => clearInterval(timer);
}
