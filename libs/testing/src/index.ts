export { FakeClock } from './fake-clock.js';
export { FixedWorkerId } from './fixed-worker-id.js';
export { MemoryAuditedWorkers } from './memory-audited-workers.js';
export { MemoryKeyAdmin } from './memory-key-admin.js';
export { memoryGuard, type MemoryGuardSetup } from './memory-guard.js';
export { MemoryRangeMemory } from './memory-range-memory.js';
export { MemoryRangeJournal } from './memory-range-journal.js';
export { MemoryRangeLeaseStore } from './memory-range-lease-store.js';
export { MemorySegmentStore, type SegmentCall } from './memory-segment-store.js';
export { MemoryWitness, type MemoryWitnessOptions } from './memory-witness.js';
export { MemoryTables } from './memory-tables.js';
export {
  MemoryWorkerLeaseStore,
  type MemoryWorkerLeaseOptions,
  type WorkerLeaseCall,
} from './memory-worker-lease-store.js';
export { memoryWorkerSession, type MemoryWorkerTable } from './memory-worker-records.js';
export { segmentSetup, takeSingly } from './segment-setup.js';
export { StoreFaults } from './store-faults.js';
