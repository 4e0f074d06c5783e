import type { AdminKey } from '#core';

/** A key as it is shown over HTTP and by the command line. */
export interface KeyReport {
  key: string;
  /** The next id that the store gives; nodes still have lower ones in memory. */
  maxId: string;
  step: number;
  description: string | null;
  suspended: boolean;
  /** Null without a limit. */
  ratePerSecond: number | null;
}

export function keyReport(key: AdminKey): KeyReport {
  return {
    key: key.key,
    maxId: key.maxId.toString(),
    step: key.step,
    description: key.description ?? null,
    suspended: key.suspended,
    ratePerSecond: key.ratePerSecond ?? null,
  };
}
