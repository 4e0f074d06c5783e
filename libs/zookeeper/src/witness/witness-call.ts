import type { WitnessState, WitnessStep, WitnessTime } from '#core';

export type Step<T> = (state: WitnessState, time?: WitnessTime) => WitnessStep<T> | undefined;

/** One who waits for an answer, and what is to be done for him. */
export interface WitnessCall<T = unknown> {
  readonly step: Step<T>;
  readonly answered: Promise<T>;
  /** He waits no more: nothing is to be sent for him. */
  isOver: boolean;
  settle(answer: T): void;
  fail(error: unknown): void;
}

export function witnessCall<T>(step: Step<T>): WitnessCall<T> {
  let settle!: (answer: T) => void;
  let fail!: (error: unknown) => void;
  const answered = new Promise<T>((resolve, reject) => {
    settle = resolve;
    fail = reject;
  });
  // Who waits no more hears of no failure.
  answered.catch(() => undefined);
  return { step, answered, isOver: false, settle, fail };
}

/** One after the other, as if each had been alone. Undefined when it cannot be told without the time. */
export function together(
  calls: readonly WitnessCall[],
  before: WitnessState,
  time: WitnessTime | undefined,
): { state: WitnessState; answers: unknown[] } | undefined {
  let state = before;
  const answers = [];
  for (const { step } of calls) {
    const done = step(state, time);
    if (!done) return undefined;
    ({ state } = done);
    answers.push(done.answer);
  }
  return { state, answers };
}
