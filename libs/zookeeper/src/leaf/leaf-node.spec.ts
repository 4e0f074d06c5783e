import { expect, it } from 'vitest';
import { isLeafHost, isLeafName, leafData, leafTimestampMs, parseLeafNode } from './leaf-node.js';

it.each([
  ['10.0.0.1:8080-0000000007', '10.0.0.1:8080', 7],
  ['fe80::1:8080-0000001024', 'fe80::1:8080', 1_024],
  ['node-1:8080-0000000000', 'node-1:8080', 0],
])('reads the name %s', (name, address, sequence) => {
  expect(parseLeafNode(name)).toEqual({ name, address, sequence });
});

it.each(['10.0.0.1:8080', '10.0.0.1:8080-7', '-0000000007', '10.0.0.1:8080--2147483648'])(
  'leaves the name %s alone',
  (name) => expect(parseLeafNode(name)).toBeUndefined(),
);

it.each([
  ['10.0.0.1:8080', '{"ip":"10.0.0.1","port":"8080","timestamp":5}'],
  ['::1:8080', '{"ip":"::1","port":"8080","timestamp":5}'],
])('writes of %s what a Leaf can read', (address, text) => {
  const data = leafData(address, 5);
  expect(String(data)).toBe(text);
  expect(leafTimestampMs(data)).toBe(5);
});

it.each(['', 'nonsense', '{}', 'null', '{"timestamp":"5"}', '{"timestamp":-1}'])(
  'reads no time in %j',
  (text) => expect(leafTimestampMs(Buffer.from(text))).toBeUndefined(),
);

it('knows names of a Leaf, and hosts that a Leaf can read', () => {
  const names = ['com.example.leaf', 'ids_1', '-', '', '.', '..', 'a/b', 'a b', 'a'.repeat(129)];
  expect(names.filter(isLeafName)).toEqual(names.slice(0, 3));
  expect(['10.0.0.1', '::1', 'host', 'node-1'].filter(isLeafHost)).toEqual([
    '10.0.0.1',
    '::1',
    'host',
  ]);
});
