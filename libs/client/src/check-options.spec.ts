import { describe, expect, it } from 'vitest';
import { checkClientOptions, checkSegmentSettings } from './check-options.js';

const servers = ['127.0.0.1:8080'];

function complaintOf(check: () => void): string | undefined {
  try {
    check();
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    return (error as Error).message;
  }
  return undefined;
}

describe('the options of a client', () => {
  it.each([
    { servers },
    { servers: [{ host: 'h', port: 1 }], transport: 'tcp', zone: 'z1', deadlineMs: 1 },
    { nacos: { servers: 'h:8848', clusters: ['a'] }, attemptTimeoutMs: 5 },
    { servers, nacos: undefined, segment: { minLeaseSize: 1, failureCacheMs: 0 } },
  ])('may be %j', (options) => {
    expect(complaintOf(() => checkClientOptions(options))).toBeUndefined();
  });

  it.each([
    [undefined, 'The options are an object, not undefined.'],
    [[], 'The options are an object, not a list.'],
    [{}, "Give one of 'servers' and 'nacos'."],
    [{ servers, nacos: { servers: 'h:8848' } }, "Give one of 'servers' and 'nacos'."],
    [{ servers: [] }, 'servers is a list with at least one entry, not a list.'],
    [{ servers: 'h:1' }, "servers is a list with at least one entry, not 'h:1'."],
    [{ servers: [...servers, 8080] }, 'servers[1] is an object, not 8080.'],
    [{ servers: [{ port: 1 }] }, 'servers[0].host is missing.'],
    [{ servers: [{ host: 7, port: 1 }] }, 'servers[0].host is a string that is not empty, not 7.'],
    [
      { servers: [{ host: 'h', port: 1, wieght: 2 }] },
      'There is no option servers[0].wieght: is weight meant?',
    ],
    [{ servers, transport: 'grpc' }, "transport is 'http' or 'tcp', not 'grpc'."],
    [{ servers, zone: '' }, "zone is a string that is not empty, not ''."],
    [{ servers, deadlineMs: 0 }, 'deadlineMs is a whole number from 1 to 2147483647, not 0.'],
    [
      { servers, attemptTimeoutMs: 1.5 },
      'attemptTimeoutMs is a whole number from 1 to 2147483647, not 1.5.',
    ],
    [{ servers, deadlineMs: Infinity }, /deadlineMs is a whole number .*, not Infinity\./],
    [{ nacos: {} }, 'nacos.servers is missing.'],
    [{ nacos: { servers: 'h', grup: 'g' } }, 'There is no option nacos.grup: is group meant?'],
    [{ servers, deadlineMS: 5 }, 'There is no option deadlineMS: is deadlineMs meant?'],
    [{ servers, retries: 5 }, 'There is no option retries.'],
    [{ servers, constructor: 5 }, 'There is no option constructor.'],
    [{ servers, segment: { maxLeaseSize: 0 } }, /^createClient: segment\.maxLeaseSize is a whole/],
    [
      { servers, segment: { minLeaseSize: 9, maxLeaseSize: 8 } },
      'segment.minLeaseSize is at most maxLeaseSize.',
    ],
    [{ servers, segment: { as: 'number' } }, 'There is no option segment.as.'],
    [{ servers, segment: { attemptTimeoutMs: 5 } }, 'There is no option segment.attemptTimeoutMs.'],
  ])('may not be %j', (options, complaint) => {
    expect(complaintOf(() => checkClientOptions(options))).toMatch(complaint);
  });

  it('are told all at once', () => {
    expect(complaintOf(() => checkClientOptions({ zone: 7, server: servers }))).toBe(
      'createClient: zone is a string that is not empty, not 7. There is no option server: is servers meant? ' +
        "Give one of 'servers' and 'nacos'.",
    );
  });
});

it.each([
  [{ as: 'hex' }, "segment: as is 'bigint' or 'number' or 'string', not 'hex'."],
  [{ minLeasesize: 5 }, 'segment: There is no option minLeasesize: is minLeaseSize meant?'],
  [{ minLeaseSize: 9, maxLeaseSize: 8 }, 'segment: minLeaseSize is at most maxLeaseSize.'],
  ['number', "segment: The options are an object, not 'number'."],
])('settings of a key may not be %j', (settings, complaint) => {
  expect(complaintOf(() => checkSegmentSettings(settings))).toBe(complaint);
});
