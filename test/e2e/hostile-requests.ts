import * as fc from 'fast-check';

/** A request whose framing is right, whatever else is not. */
export interface HostileRequest {
  method: string;
  text: string;
}

const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'PATCH',
  'OPTIONS',
  'TRACE',
  'QUERY',
  'BREW',
  'get',
];
const COUNTS = [
  '1',
  '3',
  '0',
  '-1',
  '+1',
  '01',
  '1e3',
  '10001',
  '%31',
  '1&count=1',
  '',
  ' ',
  '٣',
  '1.0',
];
const TARGETS = [
  '/',
  '*',
  '//',
  '/api',
  '/api/segment/get/',
  '/api/segment/get/default/',
  '/api/segment/get/%2e%2e/default',
  '/api/segment/../segment/get/default',
  '/api/keys',
  '/api/keys/default',
  '/api/workers',
  '/health/live',
  '/health/ready',
  '/metrics',
  'http://default/api/segment/get/default',
  'https://x:y@z:99999/api/segment/get/default',
  'mailto:a',
  '/api/segment/get/default#x',
  '/api/segment/get/default?%zz',
  '/api/segment/get/default?__proto__=1&constructor=2',
  '/api/segment/get/default?count[]=1&count[__proto__]=2',
];

/** Percent-encoded as a client should, too often, not at all or wrongly. */
const key = fc
  .tuple(
    fc.oneof(
      fc.constantFrom(
        'default',
        'nobody',
        '__proto__',
        'constructor',
        'toString',
        '..',
        ' ',
        "a' OR '1'='1",
      ),
      fc.string({ unit: 'binary', maxLength: 140 }),
      fc.string({ unit: 'binary-ascii', maxLength: 20 }).map((text) => text.repeat(50)),
    ),
    fc.constantFrom('once', 'twice', 'not', 'cut'),
  )
  .map(([text, how]) => {
    const encoded = encodeURIComponent(text).replaceAll("'", '%27');
    if (how === 'twice') return encodeURIComponent(encoded);
    // What would end the request line is another matter: see the damaged bytes.
    if (how === 'not') return text.replaceAll(/[\s\0]/g, '_');
    return how === 'cut' ? encoded.slice(0, -1) : encoded;
  });

const route = fc.constantFrom(
  '/api/segment/get/',
  '/api/snowflake/get/',
  '/api/snowflake/decode/',
  '/api/keys/',
  '/health/',
);

/** Leases are of no size that is given: what a lease takes is not counted by the spec. */
const lease = key.map((name) => `/api/segment/lease/${name}`);

const target = fc.oneof(
  fc.constantFrom(...TARGETS),
  fc.tuple(route, key).map((parts) => parts.join('')),
  fc
    .tuple(route, fc.oneof(fc.constant('default'), key), fc.constantFrom(...COUNTS))
    .map(([path, name, count]) => `${path}${name}?count=${count.replaceAll(' ', '+')}`),
  fc
    .tuple(
      lease,
      fc.constantFrom('', '/return', '?size=0', '?size=1e1', '?size=9999999999', '?size=x'),
    )
    .map((parts) => parts.join('')),
);

const value = fc.string({ unit: 'grapheme-ascii', maxLength: 40 });
const header = fc.oneof(
  fc.tuple(
    fc.constantFrom(
      'Authorization',
      'Idempotency-Key',
      'Content-Type',
      'Accept',
      'Cookie',
      'Origin',
      'X',
      'If-Match',
      'Range',
      'X-HTTP-Method-Override',
      '__proto__',
    ),
    value,
  ),
  fc
    .constantFrom(
      ['Expect', '100-continue'],
      ['Expect', 'tea'],
      ['Upgrade', 'websocket'],
      ['Connection', 'upgrade'],
      ['Host', 'twice'],
      ['Accept-Encoding', 'gzip, br'],
      ['Content-Encoding', 'gzip'],
      ['Content-Type', 'application/json; charset=utf-7'],
      ['Content-Type', 'multipart/form-data; boundary='],
      ['X', 'x'.repeat(20_000)],
    )
    .map(([name = '', text = '']): [string, string] => [name, text]),
);

const body = fc.oneof(
  fc.constantFrom(
    '',
    '{}',
    '[]',
    'null',
    '{"leaseId":{},"from":1}',
    '{"leaseId":"x","from":"1"}',
    '{"__proto__":{"from":"1"}}',
  ),
  fc.constant('[').map((open) => open.repeat(10_000)),
  fc.constant('x'.repeat(20_000)),
  fc.json(),
  fc.string({ unit: 'binary', maxLength: 200 }),
);

export const hostileRequest: fc.Arbitrary<HostileRequest> = fc
  .tuple(
    fc.constantFrom(...METHODS),
    target,
    fc.array(header, { maxLength: 5 }),
    body,
    fc.constantFrom('length', 'chunks', 'none'),
  )
  .map(([method, path, headers, content, framing]) => {
    const lines = headers.map(([name, text]) => `${name}: ${text}\r\n`).join('');
    const length = Buffer.byteLength(content);
    const framed = {
      length: `Content-Length: ${length}\r\n\r\n${content}`,
      chunks: `Transfer-Encoding: chunked\r\n\r\n${length ? `${length.toString(16)}\r\n${content}\r\n` : ''}0\r\n\r\n`,
      none: '\r\n',
    }[framing];
    return {
      method,
      text: `${method} ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${lines}${framed}`,
    };
  });

const PATTERNS = [
  'segment.get',
  'segment.lease',
  'segment.return',
  'snowflake.get',
  'snowflake.decode',
  'health',
  '__proto__',
  '',
];
const NAMES = [
  'key',
  'count',
  'size',
  'requestId',
  'leaseId',
  'from',
  'id',
  '__proto__',
  'constructor',
  'toJSON',
  'then',
];

/** Values of the wrong type, shape and size. */
const wrong = fc.oneof(
  fc.constantFrom<unknown>(
    'default',
    'nobody',
    0,
    -1,
    1e308,
    2 ** 53,
    0.5,
    '',
    null,
    true,
    'x'.repeat(10_000),
  ),
  fc.jsonValue(),
  fc
    .integer({ min: 1, max: 3_000 })
    .map((depth): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth))),
);

const field = fc.tuple(fc.constantFrom(...NAMES), wrong);

/** A text, not an object: a key `__proto__` is to be sent. A size of 1 and more is not counted by the spec. */
const data = fc.oneof(
  fc.constantFrom('{"key":"default"}', '{"key":"default","count":2}'),
  fc.array(field, { maxLength: 4 }).map((fields) => {
    const members = fields.map(([name, each]) => `${JSON.stringify(name)}:${JSON.stringify(each)}`);
    return `{${members.join(',')}}`;
  }),
  wrong.map((each) => JSON.stringify(each)),
);

const id = fc.oneof(
  fc.constantFrom(undefined, '"1"', '1', 'null', '{}', '""', '[[1]]', '{"toJSON":1}', '"\\ud800"'),
  fc.json(),
);

/** Of one frame: JSON that is an object with a pattern. */
export const hostilePacket: fc.Arbitrary<string> = fc
  .tuple(
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...PATTERNS) },
      { weight: 1, arbitrary: fc.jsonValue() },
    ),
    data,
    id,
  )
  .filter(([pattern]) => pattern !== null)
  .map(([pattern, content, number]) => {
    const tail = number === undefined ? '' : `,"id":${number}`;
    const name = pattern === 'segment.lease' && /"size":[1-9]/.test(content) ? 'health' : pattern;
    return `{"pattern":${JSON.stringify(name)},"data":${content}${tail}}`;
  });
