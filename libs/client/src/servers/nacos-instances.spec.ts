import { expect, it } from 'vitest';
import { parseInstances } from './nacos-instances.js';

const instance = {
  ip: '192.0.2.1',
  port: 8080,
  weight: 2.5,
  healthy: true,
  enabled: true,
  metadata: { zone: 'z1', protocol: 'http' },
};
const parse = (...hosts: unknown[]) => parseInstances(JSON.stringify({ hosts }));

it('takes the place, the weight and the zone', () => {
  expect(parse(instance)).toEqual([{ host: '192.0.2.1', port: 8080, weight: 2.5, zone: 'z1' }]);
});

it.each([{}, { zone: '' }, undefined])('knows no zone from the metadata %o', (metadata) => {
  expect(parse({ ...instance, metadata })).toEqual([
    { host: '192.0.2.1', port: 8080, weight: 2.5 },
  ]);
});

it.each([{ healthy: false }, { enabled: false }, { weight: 0 }])('leaves out %o', (state) => {
  expect(parse({ ...instance, ...state })).toEqual([]);
});

it('is in order whatever the order of the list, and has nobody twice', () => {
  const other = { ...instance, port: 8079 };
  expect(parse(instance, other)).toEqual(parse(other, instance, instance));
  expect(parse(instance, other)).toHaveLength(2);
});

it.each(['', 'null', '[]', '{}', '{"hosts":{}}', '{"hosts":[null]}', '{"hosts":[{"ip":"h"}]}'])(
  'refuses %j',
  (text) => expect(() => parseInstances(text)).toThrow('no list of instances'),
);
