export { systemClock, systemScheduler, type Clock, type Scheduler } from './clock.js';
export * from './errors.js';
export {
  MAX_ID_LIMIT,
  type KeyRecord,
  type SegmentRange,
  type SegmentStore,
} from './segment/segment-store.port.js';
export type {
  AcquireRequest,
  RenewRequest,
  WorkerLeaseGrant,
  WorkerLeaseStore,
} from './worker-lease/worker-lease-store.port.js';
