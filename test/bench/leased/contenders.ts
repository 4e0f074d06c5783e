import type { BigintSegment, NumberSegment, StringSegment } from '#client';
import type { BigintCounter, NumberCounter, StringCounter } from './counters.js';

/**
 * One way of getting ids. Each has a loop of its own, as an application has it: its call site sees one class only,
 * and every id is kept.
 */
export interface Contender {
  /** Keeps ids at `from` and on, up to `to` excluded. Returns where it came to: before `to` where there are none left. */
  fill(from: number, to: number): number;
  /** Waits for one more and keeps it at `at`. */
  wait(at: number): Promise<void>;
  /** What was kept, for a look at it. */
  readonly kept: ArrayLike<number | bigint | string>;
}

const never = async () => {
  throw new Error('a bare counter has always one more');
};

export function bareNumbers(counter: NumberCounter, kept: Float64Array): Contender {
  return {
    kept,
    wait: never,
    fill(from, to) {
      for (let i = from; i < to; i++) kept[i] = counter.next();
      return to;
    },
  };
}

export function leasedNumbers(segment: NumberSegment, kept: Float64Array): Contender {
  return {
    kept,
    wait: async (at) => void (kept[at] = await segment.next()),
    fill(from, to) {
      for (let i = from; i < to; i++) {
        const id = segment.tryNext(0);
        if (id === 0) return i;
        kept[i] = id;
      }
      return to;
    },
  };
}

export function bareBigints(counter: BigintCounter, kept: bigint[]): Contender {
  return {
    kept,
    wait: never,
    fill(from, to) {
      for (let i = from; i < to; i++) kept[i] = counter.next();
      return to;
    },
  };
}

export function leasedBigints(segment: BigintSegment, kept: bigint[]): Contender {
  return {
    kept,
    wait: async (at) => void (kept[at] = await segment.next()),
    fill(from, to) {
      for (let i = from; i < to; i++) {
        const id = segment.tryNext();
        if (id === undefined) return i;
        kept[i] = id;
      }
      return to;
    },
  };
}

export function bareStrings(counter: StringCounter, kept: string[]): Contender {
  return {
    kept,
    wait: never,
    fill(from, to) {
      for (let i = from; i < to; i++) kept[i] = flat(counter.next());
      return to;
    },
  };
}

export function leasedStrings(segment: StringSegment, kept: string[]): Contender {
  return {
    kept,
    wait: async (at) => void (kept[at] = await segment.next()),
    fill(from, to) {
      for (let i = from; i < to; i++) {
        const id = segment.tryNext();
        if (id === undefined) return i;
        kept[i] = flat(id);
      }
      return to;
    },
  };
}

let lastDigits = 0;

/** Reads a character, so that a string put together lazily is paid for. */
function flat(text: string): string {
  lastDigits ^= text.charCodeAt(text.length - 1);
  return text;
}
