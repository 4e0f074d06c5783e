import type { TakenRange } from './taken-ids.js';
import { newWitnessState, type WitnessHole, type WitnessState } from './witness-state.js';

export const WINDOW_MS = 1_000;
export const SINCE_MS = 5_000;

export const range = (start: number, end: number) => ({ start: BigInt(start), end: BigInt(end) });
export const at = (nowMs: number) => ({ nowMs, windowMs: WINDOW_MS });
export const skipped = (start: number, end: number): WitnessHole => ({
  ...range(start, end),
  sinceMs: SINCE_MS,
});
export const returned = (start: number, end: number): WitnessHole => ({
  ...range(start, end),
  sinceMs: undefined,
});
export const state = (mark: number, ...holes: WitnessHole[]): WitnessState => ({
  ...newWitnessState(BigInt(mark)),
  releasableFrom: 0n,
  holes,
});
export const reused = (start: number, end: number, claim: number): TakenRange => ({
  ...range(start, end),
  claim: BigInt(claim),
});
export const first = { verdict: 'claimed', claim: 1n };
/** By the first claim of the key, which found these in returned holes. */
export const claimed = (next: WitnessState, ...taken: [number, number][]) => ({
  state: { ...next, claims: 1n, taken: taken.map(([start, end]) => reused(start, end, 1)) },
  answer: first,
});
export const rewound = (same: WitnessState) => ({
  state: same,
  answer: { verdict: 'rewound', mark: same.mark },
});
