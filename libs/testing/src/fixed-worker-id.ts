import { workerLeaseLost, type HeldWorkerId, type WorkerIdSource } from '#core';

/** A worker id held as the test says, from the beginning of time to its end unless told otherwise. */
export class FixedWorkerId implements WorkerIdSource {
  failure: Error | undefined;
  issuedMs = 0;
  extensions = 0;
  onExtend: (timestampMs: number) => void = () => undefined;

  id: HeldWorkerId;

  constructor(id: Partial<HeldWorkerId> = {}) {
    this.id = {
      workerId: 5,
      floorMs: 0,
      reservedUntilMs: Infinity,
      highestTimestampMs: 0,
      ...id,
    };
  }

  held(): HeldWorkerId {
    if (this.failure) throw this.failure;
    return this.id;
  }

  async extend(timestampMs: number): Promise<void> {
    this.extensions++;
    this.onExtend(timestampMs);
    if (this.held().reservedUntilMs < timestampMs) throw workerLeaseLost('not extended');
  }

  noteIssued(timestampMs: number): void {
    this.issuedMs = timestampMs;
  }
}
