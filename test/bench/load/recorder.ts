const MAX_SAMPLES = 2 ** 21;

/** Counts requests and keeps their latencies, only while it is switched on. */
export class Recorder {
  count = 0;
  private isOn = false;
  // Allocated up front: growing arrays would add pauses of our own to the latencies.
  private readonly latencies = new Float64Array(MAX_SAMPLES);

  /** Takes one answered request; beyond the first two million it only counts. */
  record(latencyMs: number): void {
    if (!this.isOn) return;
    this.latencies[this.count] = latencyMs;
    this.count++;
  }

  start(): void {
    this.count = 0;
    this.isOn = true;
  }

  stop(): void {
    this.isOn = false;
  }

  /** `fraction` 0.99 gives p99, in milliseconds. */
  percentile(fraction: number): number {
    const sorted = this.latencies.subarray(0, this.count).toSorted();
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
  }
}
