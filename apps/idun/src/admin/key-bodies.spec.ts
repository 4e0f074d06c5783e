import { expect, it } from 'vitest';
import { readAdvance, readChange, readNewKey } from './key-bodies.js';

const invalid = (detail: string) =>
  expect.objectContaining({ code: 'BODY_INVALID', message: expect.stringContaining(detail) });

it.each([
  ['{}', { start: 1n, step: 1_000, description: undefined }],
  [
    '{"start":"500","step":7,"description":"orders"}',
    { start: 500n, step: 7, description: 'orders' },
  ],
  ['{"start":9007199254740991,"description":null}', { start: 9_007_199_254_740_991n }],
  ['{"start":"9223372036854775806"}', { start: 9_223_372_036_854_775_806n }],
])('makes a key of %s', (body, key) =>
  expect(readNewKey('order', body)).toMatchObject({ key: 'order', ...key }),
);

it.each([
  [undefined, 'JSON object'],
  ['[]', 'JSON object'],
  ['{"start":"0"}', 'start is'],
  ['{"start":9007199254740993}', 'start is'],
  ['{"start":"9223372036854775807"}', 'start is'],
  ['{"step":0}', 'step is a whole number from 1 to 2147483647.'],
  ['{"step":1.5}', 'step is'],
  ['{"step":"7"}', 'step is'],
  [`{"description":"${'x'.repeat(257)}"}`, 'description is'],
  ['{"description":"\\ud83d"}', 'description is'],
  ['{"stepp":7,"suspended":true}', '"stepp" is no field here. "suspended" is no field here.'],
  ['{"start":"x","step":0}', '. step is'],
])('makes no key of %s', (body, detail) =>
  expect(() => readNewKey('order', body)).toThrow(invalid(detail)),
);

it('reads a change, also one that takes something away', () => {
  const all = { step: 5, description: null, suspended: true, ratePerSecond: null };
  expect(readChange(JSON.stringify(all))).toEqual(all);
  expect(readChange('{"ratePerSecond":100}')).toEqual({ ratePerSecond: 100 });
});

it.each([
  ['{}', 'nothing to change'],
  ['{"ratePerSecond":0}', 'ratePerSecond is'],
  ['{"suspended":"yes"}', 'suspended is true or false.'],
  ['{"step":null}', 'step is'],
  ['{"format":"x"}', 'format is not built yet'],
  ['{"maxId":"7"}', 'maxId is moved by POST'],
])('refuses the change %s', (body, detail) =>
  expect(() => readChange(body)).toThrow(invalid(detail)),
);

it('reads how far to advance', () => {
  expect(readAdvance('{"to":"77"}')).toEqual({ to: 77n });
  expect(readAdvance('{"by":5}')).toEqual({ by: 5n });
});

it.each(['{}', '{"to":"1","by":"2"}', '{"to":"-1"}', '{"by":"0"}', '{"to":"1e3"}', 'null'])(
  'refuses to advance by %s',
  (body) =>
    expect(() => readAdvance(body)).toThrow(expect.objectContaining({ code: 'BODY_INVALID' })),
);
