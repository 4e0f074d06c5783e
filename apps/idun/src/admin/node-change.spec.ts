import { expect, it } from 'vitest';
import { readNodeChange } from './node-change.js';

it.each([
  {},
  { draining: true },
  { weight: 0 },
  { weight: 0.5, draining: false },
  { weight: 10_000 },
])('takes %j', (body) => expect(readNodeChange(body)).toEqual(body));

it.each([
  [{ draining: 'true' }, 'draining is'],
  [{ draining: null }, 'draining is'],
  [{ weight: '1' }, 'weight is'],
  [{ weight: -0.1 }, 'weight is'],
  [{ weight: 10_001 }, 'weight is'],
  [{ weight: null }, 'weight is'],
  [{ weight: 1, drain: true }, "no 'drain'"],
  [JSON.parse('{"__proto__":1}') as object, "no '__proto__'"],
])('refuses %j with a sentence that names what is wrong', (body, detail) =>
  expect(() => readNodeChange(body)).toThrow(
    expect.objectContaining({ code: 'BODY_INVALID', message: expect.stringContaining(detail) }),
  ),
);
