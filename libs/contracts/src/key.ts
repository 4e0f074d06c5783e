import { IdunError } from './idun-error.js';
import { MAX_COUNT } from './ids.js';

/** 1 to 128 code points, no control characters, no lone surrogates, no white space at the ends. */
const KEY = /^(?!\s)[^\p{Cc}\p{Cs}]{1,128}(?<!\s)$/u;

/** @throws `KEY_INVALID` */
export function assertKey(key: unknown): asserts key is string {
  if (typeof key !== 'string' || !KEY.test(key)) {
    throw new IdunError(
      'KEY_INVALID',
      'A key is 1 to 128 Unicode characters, without control characters and without white space at its ends.',
    );
  }
}

/** @throws `COUNT_INVALID` */
export function assertCount(count: unknown): asserts count is number {
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 1 || count > MAX_COUNT) {
    throw new IdunError('COUNT_INVALID', `count is a whole number from 1 to ${MAX_COUNT}.`);
  }
}
