import { expect, it } from 'vitest';
import { advertisedHost, instanceName } from './instance-name.js';

const at = (address: string, family: 'IPv4' | 'IPv6', internal: boolean) => {
  const rest = { netmask: '', mac: '', cidr: null, internal, address };
  return family === 'IPv4' ? { ...rest, family } : { ...rest, family, scopeid: 0 };
};
const interfaces = {
  lo: [at('127.0.0.1', 'IPv4', true)],
  eth0: [at('fe80::1', 'IPv6', false), at('10.0.0.7', 'IPv4', false)],
};
const worker = { lease: 'auto', ttlMs: 1_000 } as const;

it('advertises what is configured, else the first IPv4 address that is not loopback', () => {
  expect(advertisedHost({ advertiseHost: 'idun.example' }, interfaces)).toBe('idun.example');
  expect(advertisedHost({}, interfaces)).toBe('10.0.0.7');
  expect(advertisedHost({}, { lo: interfaces.lo })).toBe('127.0.0.1');
});

it('names an instance by advertised host and HTTP port unless it has a name', () => {
  expect(instanceName({ worker }, 8080, interfaces)).toBe('10.0.0.7:8080');
  expect(instanceName({ worker: { ...worker, instance: 'node-1' } }, 8080, interfaces)).toBe(
    'node-1',
  );
});
