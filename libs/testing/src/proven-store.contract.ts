import { afterAll, beforeAll, describe } from 'vitest';
import { freeRangeCases } from './free-range.cases.js';
import { leaseConfirmationCases } from './lease-confirmation.cases.js';
import { ProvenStoreBench, type ProvenStoreFixture } from './proven-store-bench.js';
import { noJournalCases, rangeJournalCases } from './range-journal.cases.js';
import { rewindCases, serverCases } from './rewind.cases.js';

/** What every store does for ids that never come twice and are never lost, the one in memory included. */
export function describeProvenStore(
  name: string,
  factory: (hasJournal: boolean) => Promise<ProvenStoreFixture>,
): void {
  describe.each([false, true])(`proven store: ${name}, with a journal: %s`, (hasJournal) => {
    const bench = new ProvenStoreBench();
    beforeAll(async () => void (bench.fixture = await factory(hasJournal)));
    afterAll(async () => bench.fixture?.close());

    freeRangeCases(bench);
    rewindCases(bench);
    leaseConfirmationCases(bench);
    if (hasJournal) rangeJournalCases(bench);
    else noJournalCases(bench);
    serverCases(bench);
  });
}
