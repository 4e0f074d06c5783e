import {
  parseLayout,
  SegmentGenerator,
  SnowflakeGenerator,
  systemClock,
  systemScheduler,
  type FreeRangeStore,
  type RewindableStore,
  type SegmentStore,
} from '#core';
import { memoryGuard } from '#testing';

/** As in config/default.yaml. */
export function snowflakeGenerator(): SnowflakeGenerator {
  const held = {
    workerId: 1,
    floorMs: 0,
    reservedUntilMs: Number.MAX_SAFE_INTEGER,
    highestTimestampMs: 0,
  };
  return new SnowflakeGenerator(
    { layout: parseLayout('41-10-12'), epochMs: 1_288_834_974_657, clockToleranceMs: 2_000 },
    {
      workerIds: { held: () => held, extend: async () => undefined, noteIssued: () => undefined },
      clock: systemClock,
      scheduler: systemScheduler,
      random: Math.random,
    },
  );
}

/** As in config/default.yaml, but on a counter in memory. */
export function segmentGenerator(): SegmentGenerator {
  const store = counterInMemory();
  return new SegmentGenerator(
    {
      adaptive: true,
      prefetchRatio: 0.5,
      targetSeconds: 600,
      maxStep: 1_000_000,
      deadlineMs: 2_000,
      fetchDeadlineMs: 700,
      negativeCacheMs: 500,
    },
    {
      store,
      guard: memoryGuard({ store }),
      clock: systemClock,
      scheduler: systemScheduler,
      random: Math.random,
      onFetchFailed: (_key, error) => {
        throw error;
      },
    },
  );
}

function counterInMemory(): SegmentStore & FreeRangeStore & RewindableStore {
  let maxId = 1n;
  return {
    find: async (key) => ({ key, maxId, step: 1_000, description: undefined }),
    async allocate(_key, size) {
      const start = maxId;
      maxId += BigInt(size);
      return { start, end: maxId };
    },
    ping: async () => undefined,
    takeFree: async () => undefined,
    giveBack: async () => 0,
    dropFree: async () => undefined,
    heal: async () => ({ maxId, healed: false }),
    acceptServer: async () => false,
    passOver: () => false,
  };
}
