export { systemClock, systemScheduler, type Clock, type Scheduler } from './clock.js';
export * from './errors.js';
export { down, UP, type Readiness } from './readiness.js';
export type { NodeState, ServiceRegistry } from './registry/service-registry.port.js';
export type {
  JournalAnswer,
  JournalEvent,
  JournalEventKind,
  JournalRange,
  RangeJournal,
  RangeKind,
  RangeState,
} from './journal/range-journal.port.js';
export type {
  AdminKey,
  KeyAdmin,
  KeyChange,
  KeyControl,
  KeyControls,
  NewKey,
  Operator,
} from './keys/key-admin.port.js';
export { KeyControlWatch, type KeyControlWatchDependencies } from './keys/key-control-watch.js';
export { KeyGate, type GatedKeys, type KeyLimit } from './keys/key-gate.js';
export {
  RangeGuard,
  type RangeGuardDependencies,
  type RewindEvent,
} from './witness/range-guard.js';
export type { RangeGuardOptions } from './witness/server-watch.js';
export type { KeyMemory, RangeMemory } from './witness/range-memory.port.js';
export { WitnessLink, type WitnessLinkOptions } from './witness/witness-link.js';
export { CLAIM_WINDOW_MS, type Claim, type Witness } from './witness/witness.port.js';
export {
  claimRange,
  coverRange,
  KeyNotOpened,
  KeyUnreadable,
  MAX_HOLES,
  newWitnessState,
  releaseRange,
  type WitnessHole,
  type WitnessState,
  type WitnessStep,
  type WitnessTime,
} from './witness/witness-state.js';
export { overlap } from './witness/id-ranges.js';
export { MAX_TAKEN } from './witness/taken-ids.js';
export {
  LEASES_OF_A_HEAL,
  MAX_ID_LIMIT,
  type Allocation,
  type FreeRangeOrder,
  type FreeRangeStore,
  type HealOrder,
  type KeyRecord,
  type RewindableStore,
  type SegmentRange,
  type SegmentStore,
  type StoreProof,
} from './segment/segment-store.port.js';
export {
  LEASE_RECORD_MS,
  type ClosedLease,
  type LeaseOrder,
  type LeaseRecord,
  type RangeLeaseStore,
  type ReturnOrder,
} from './segment/range-lease-store.port.js';
export {
  RangeLeases,
  type RangeLeaseDependencies,
  type RangeLeaseOptions,
} from './segment/range-leases.js';
export {
  type SegmentDependencies,
  type SegmentOptions,
  type SegmentReport,
} from './segment/segment-buffer.js';
export { SegmentGenerator } from './segment/segment-generator.js';
export type { TailReturnReport } from './segment/tail-return.js';
export {
  decodeSnowflake,
  epochError,
  parseLayout,
  workerIdRange,
  yearsLeft,
  type SnowflakeLayout,
} from './snowflake/layout.js';
export {
  SnowflakeGenerator,
  type SnowflakeDependencies,
  type SnowflakeOptions,
} from './snowflake/snowflake-generator.js';
export type { HeldWorkerId, WorkerIdSource } from './worker-lease/worker-id-source.port.js';
export { assertClockTrusted } from './worker-lease/trusted-clock.js';
export {
  WorkerLease,
  type WorkerLeaseDependencies,
  type WorkerLeaseOptions,
} from './worker-lease/worker-lease.js';
export type {
  WorkerDirectory,
  WorkerEntry,
  WorkerList,
} from './worker-lease/worker-directory.port.js';
export {
  WorkerRegistry,
  type WorkerLeaseTerms,
  type WorkerRegistryOptions,
} from './worker-lease/worker-registry.js';
export type {
  WorkerRecord,
  WorkerRecordSession,
  WorkerRecordStore,
  WorkerSnapshot,
} from './worker-lease/worker-record-store.port.js';
export type {
  AcquireRequest,
  RenewRequest,
  WorkerLeaseGrant,
  WorkerLeaseStore,
} from './worker-lease/worker-lease-store.port.js';
export type {
  AuditedRecordSession,
  AuditedWorkerStore,
  AuditEntry,
  AuditLog,
  AuditRecord,
  AuditState,
} from './worker-reset/audited-worker-store.port.js';
export {
  auditState,
  ResetRefused,
  WorkerReset,
  type ResetApproval,
  type ResetPlan,
  type ResetPlanRequest,
  type WorkerResetDependencies,
} from './worker-reset/worker-reset.js';
