export const EPOCH_MS = 1_600_000_000_000;
/** Eight ids a millisecond: a few ids are many timestamps. An id of today is exact as a number. */
export const LAYOUT = { timestampBits: 51, datacenterBits: 0, workerBits: 9, sequenceBits: 3 };

const PER_WORKER = 2 ** LAYOUT.sequenceBits;
export const PER_MILLISECOND = PER_WORKER * 2 ** LAYOUT.workerBits;

export function partsOf(id: number): { timestampMs: number; workerId: number } {
  return {
    timestampMs: Math.floor(id / PER_MILLISECOND) + EPOCH_MS,
    workerId: Math.floor((id % PER_MILLISECOND) / PER_WORKER),
  };
}
