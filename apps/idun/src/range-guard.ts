import { join } from 'node:path';
import type { Logger } from 'pino';
import {
  RangeGuard,
  systemClock,
  systemScheduler,
  WitnessLink,
  type RewindEvent,
  type SegmentRange,
  type Witness,
} from '#core';
import { FileRangeMemory, type Store } from '#store';
import { openZooKeeper } from '#zookeeper';
import { nodeName, type Config } from './config/index.js';
import { RateLimitedLog } from './edge/rate-limited-log.js';
import type { Telemetry } from './metrics/telemetry.js';
import { zooKeeperOptions, type WorkerLeases } from './worker-leases.js';

export interface OpenedGuard {
  guard: RangeGuard;
  close(): Promise<void>;
}

const SETTLE_TIMEOUT_MS = 1_000;
/** For one call, at the end of the process. */
const LAST_COVER_MS = 200;

/** Puts the witness that is configured, and what this node has seen itself, behind the guard. */
export async function openRangeGuard(
  config: Config,
  store: Store,
  leases: WorkerLeases,
  telemetry: Telemetry,
  log: Logger,
): Promise<OpenedGuard> {
  const shared = await openWitness(config, leases, log);
  const memory = await FileRangeMemory.open({
    path: join(config.dataDir, 'witness.jsonl'),
    store: store.place,
    log,
  });
  const { onRewind, witness: mode } = config.segment;
  const guard = new RangeGuard(
    { onRewind, holder: nodeName(config) },
    {
      store: store.segments,
      witness: shared.witness && witnessLink(shared.witness, mode, telemetry, log),
      memory,
      clock: systemClock,
      onRewind(event) {
        telemetry.storeRewound(event.key);
        logRewind(log, event);
      },
      onServerChanged: (hasMoved) => logServer(log, hasMoved),
      onDropped: dropped(config, store, telemetry, log),
    },
  );
  return {
    guard,
    async close() {
      await guard.settle(LAST_COVER_MS);
      await Promise.all([memory.close(), shared.close()]);
    },
  };
}

/** The session that the worker ids have already, where they have one. */
async function openWitness(
  config: Config,
  leases: WorkerLeases,
  log: Logger,
): Promise<{ witness?: Witness | undefined; close(): Promise<void> }> {
  const { connect } = config.zookeeper;
  const isShared = leases.witness !== undefined;
  if (isShared || connect === undefined || !config.segment.enabled) {
    return { witness: leases.witness, close: async () => undefined };
  }
  return openZooKeeper(zooKeeperOptions(config, connect, log));
}

function witnessLink(
  witness: Witness,
  mode: 'prefer' | 'require',
  telemetry: Telemetry,
  log: Logger,
): WitnessLink {
  telemetry.witnessReachable(true);
  return new WitnessLink(
    { mode },
    {
      witness,
      scheduler: systemScheduler,
      onReachable(isReachable, err) {
        telemetry.witnessReachable(isReachable);
        if (isReachable) log.info({ event: 'witness' }, 'The witness answers again');
        else log.warn({ event: 'witness', err }, 'The witness does not answer');
      },
    },
  );
}

function logRewind(log: Logger, { key, range, reason, maxId }: RewindEvent): void {
  const ids = { start: String(range.start), end: String(range.end) };
  const details = { event: 'rewind', key, ids, reason };
  if (maxId === undefined) {
    log.error(
      details,
      'The store has gone back in time: the key gives nothing until it is advanced',
    );
    return;
  }
  const message = 'The store has gone back in time: the key was moved beyond what was given before';
  log.error({ ...details, maxId: String(maxId) }, message);
}

function logServer(log: Logger, hasMoved: boolean): void {
  const details = { event: 'server', margin: hasMoved };
  if (hasMoved)
    log.warn(details, 'Another database server answers: all keys were moved by a margin');
  else log.warn(details, 'Another database server answers');
}

/** The journal has such a range as given, as it was written before anybody knew better. */
function dropped(
  config: Config,
  store: Store,
  telemetry: Telemetry,
  log: Logger,
): (key: string, range: SegmentRange) => void {
  const failures = new RateLimitedLog(log, () => systemClock.monotonicMs());
  return (key, { start, end }) => {
    telemetry.rangeBurned();
    log.info(
      { event: 'dropped', key, start: String(start), end: String(end) },
      'A range is dropped',
    );
    if (!config.journal.enabled) return;
    store.journal
      .settle(key, start, 'superseded', undefined, SETTLE_TIMEOUT_MS)
      .catch((err: unknown) => failures.warn({ key, err }, 'The journal could not be written'));
  };
}
