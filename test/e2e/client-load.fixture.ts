import type { IdunClient } from '#client';

/** Callers that go on until they are stopped, at a steady pace, each with its next call once it has the answer to the last. */
export interface ClientLoad {
  /** Calls of a server that were answered, and ids that were issued from leases. */
  readonly counts: { calls: number; leased: number };
  readonly failures: unknown[];
  /** The longest that a call of a server took. */
  slowestMs(): number;
  /** Resolves once the last call has ended. Throws for an id that was given twice. */
  stop(): Promise<void>;
}

const CALLERS = 6;
const PACE_MS = 5;

/** Snowflake ids, single ids of `key` from the servers, and ids of it from leases, which are small so that there are many. */
export function startLoad(clients: readonly IdunClient[], key: string): ClientLoad {
  const counts = { calls: 0, leased: 0 };
  const failures: unknown[] = [];
  const given = { snowflake: [] as string[], segment: [] as string[] };
  let slowestMs = 0;
  let running = true;

  async function call(take: () => Promise<string>, into: string[]): Promise<void> {
    const begin = performance.now();
    into.push(await take());
    counts.calls++;
    slowestMs = Math.max(slowestMs, performance.now() - begin);
  }

  async function callOn(client: IdunClient): Promise<void> {
    const leased = client.segment(key, { minLeaseSize: 20, maxLeaseSize: 20 });
    while (running) {
      try {
        // oxlint-disable no-await-in-loop -- each caller does one after the other
        await call(async () => String(await client.snowflake.next()), given.snowflake);
        await call(() => client.getSegmentId(key), given.segment);
        given.segment.push(String(await leased.next()));
        counts.leased++;
      } catch (error) {
        failures.push(error);
      }
      await new Promise((resolve) => setTimeout(resolve, PACE_MS));
      // oxlint-enable no-await-in-loop
    }
  }

  const callers = clients.flatMap((client) =>
    Array.from({ length: CALLERS }, () => callOn(client)),
  );
  return {
    counts,
    failures,
    slowestMs: () => slowestMs,
    async stop() {
      running = false;
      await Promise.all(callers);
      for (const ids of Object.values(given)) {
        if (new Set(ids).size < ids.length) throw new Error('an id was given twice');
      }
    },
  };
}
