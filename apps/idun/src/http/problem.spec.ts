import { describe, expect, it } from 'vitest';

import { ERROR_CODES, IdunError } from '#contracts';

import { problemResponse } from './problem.js';

describe('problemResponse', () => {
  it.each([
    [undefined, '1'],
    [0, '1'],
    [1, '1'],
    [1_000, '1'],
    [1_001, '2'],
    [59_500, '60'],
  ])('gives a wait of %s ms as %s whole seconds', (retryAfterMs, seconds) => {
    const options = retryAfterMs === undefined ? {} : { retryAfterMs };
    const { headers } = problemResponse(new IdunError('STORE_UNAVAILABLE', 'x', options));
    expect(headers['retry-after']).toBe(seconds);
  });

  it.each(['SHUTTING_DOWN', 'MODE_DISABLED', 'KEY_EXHAUSTED', 'KEY_INVALID'] as const)(
    'promises nothing with %s, whatever the error says',
    (code) => {
      const { headers } = problemResponse(new IdunError(code, 'x', { retryAfterMs: 5 }));
      expect(headers).not.toHaveProperty('retry-after');
    },
  );

  it.each(ERROR_CODES)('is a whole problem for %s', (code) => {
    const { status, headers, body } = problemResponse(new IdunError(code, 'Do this.'));
    expect(headers).toMatchObject({
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
    });
    expect(JSON.parse(body)).toEqual({
      type: 'about:blank',
      title: expect.stringMatching(/^[A-Z]/),
      status,
      code,
      detail: 'Do this.',
      retryable: expect.any(Boolean),
    });
  });
});
