import { afterEach, beforeEach, describe } from 'vitest';
import { acquireCases } from './worker-lease-acquire.cases.js';
import { LeaseBench, type WorkerLeaseFixture } from './worker-lease-bench.js';
import { damageCases } from './worker-lease-damage.cases.js';
import { renewCases } from './worker-lease-renew.cases.js';

/** What every worker lease store does, the one in memory included. `factory` gives empty records each time. */
export function describeWorkerLeaseStore(
  name: string,
  factory: () => Promise<WorkerLeaseFixture>,
): void {
  describe(`worker lease store: ${name}`, () => {
    const bench = new LeaseBench(factory);
    beforeEach(() => bench.open());
    afterEach(() => bench.close());
    acquireCases(bench);
    renewCases(bench);
    damageCases(bench);
  });
}
