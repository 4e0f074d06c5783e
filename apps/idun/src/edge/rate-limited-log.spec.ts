import { expect, it } from 'vitest';

import { RateLimitedLog } from './rate-limited-log.js';

it('writes one line a second and counts what it left out', () => {
  const lines: unknown[] = [];
  let now = 5_000;
  const log = new RateLimitedLog({ warn: (details) => lines.push(details) }, () => now);
  for (let i = 0; i < 4; i++) log.warn({ i }, 'refused');
  now += 999;
  log.warn({ i: 4 }, 'refused');
  now += 1;
  log.warn({ i: 5 }, 'refused');
  expect(lines).toEqual([
    { i: 0, suppressed: 0 },
    { i: 5, suppressed: 4 },
  ]);
});
