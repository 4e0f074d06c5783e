const FIRST_PAUSE_MS = 50;

/**
 * How long to pause after `failures` + 1 failures: doubles up to `longestMs`, with jitter, so that clients do not come
 * back all at once.
 */
export function backoffMs(failures: number, longestMs: number, random: () => number): number {
  const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** failures, longestMs);
  return pauseMs * (0.5 + random() / 2);
}
