import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClient } from './create-client.js';
import type { IdunClient } from './idun-client.js';
import { startFake, type FakeServer } from './transport/fake-server.fixture.js';

describe.each(['http', 'tcp'] as const)('a client over %s', (transport) => {
  let fake: FakeServer;
  let client: IdunClient;

  beforeEach(async () => {
    fake = await startFake(transport);
    const { host, port } = fake.server;
    client = createClient({ servers: [`${host}:${port}`], transport, deadlineMs: 10_000 });
  });

  afterEach(async () => {
    await client.close();
    await fake.stop();
  });

  it('knows its servers at once, and tells who listens from the start', async () => {
    const other = createClient({ servers: [fake.server], transport });
    const told = new Promise((resolve) => other.on('servers', resolve));
    expect(await told).toEqual({ servers: [fake.server] });
    await other.close();
  });

  it('leases under one request id, and takes a return as done whose first answer was lost', async () => {
    let returned = false;
    fake.answer = ({ pattern, request }) => {
      if (pattern === 'segment.lease') {
        return { value: { key: request['key'], start: '11', end: '21', leaseId: 'l' } };
      }
      if (returned) return { refused: { code: 'LEASE_RETURNED', text: 'Done.', retryable: false } };
      returned = true;
      return 'hang up';
    };
    const lease = await client.segment('k').lease(10);
    expect(await lease.giveBack(15n)).toBe(6);
    const asked = fake.asked.map(({ pattern }) => pattern);
    expect(asked).toEqual(['segment.lease', 'segment.return', 'segment.return']);
    expect(fake.asked[0]?.request['requestId']).toMatch(/^[\da-f-]{36}$/);
  });

  it('ends the connections when it is closed', async () => {
    fake.answer = () => ({ value: '5' });
    expect(await client.getSnowflakeId('k')).toBe('5');
    expect(fake.sockets.size).toBe(1);
    await client.close();
    await expect.poll(() => fake.sockets.size, { timeout: 10_000 }).toBe(0);
  });
});

it('refuses options that cannot be right, before anything is connected', () => {
  expect(() => createClient({ servers: [] })).toThrow(/^createClient: servers is a list/);
  expect(() => createClient({ servers: ['127.0.0.1'] })).toThrow(TypeError);
  expect(() => createClient({ nacos: { servers: 'nowhere' } })).toThrow(TypeError);
});
