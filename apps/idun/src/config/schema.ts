import { z } from 'zod';
import { parseServers } from '#nacos';
import { isDatabaseUrl } from '#store';
import { connectStringError, isLeafName, isRoot } from '#zookeeper';
import {
  checkedText,
  decimal,
  flag,
  fraction,
  host,
  oneOf,
  password,
  port,
  secretList,
  text,
  token,
  wholeNumber,
} from './fields.js';
import { listSettings, type Setting } from './setting.js';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
const HOUR_MS = 3_600_000;
export const MAX_WEIGHT = 10_000;

const connections = (env: string) =>
  wholeNumber(env, 'Connections at the same time; more are closed at once.', 1, 1_000_000);

const http = z.strictObject({
  host: host('IDUN_HTTP_HOST', 'Address on which REST listens.'),
  port: port('IDUN_HTTP_PORT', 'Port of REST; 0 takes a free one.'),
  maxConnections: connections('IDUN_HTTP_MAX_CONNECTIONS'),
});

const tcp = z.strictObject({
  host: host('IDUN_TCP_HOST', 'Address on which the Nest TCP microservice listens.'),
  port: port('IDUN_TCP_PORT', 'Port of the Nest TCP microservice; 0 takes a free one.'),
  maxConnections: connections('IDUN_TCP_MAX_CONNECTIONS'),
});

const overload = z.strictObject({
  maxInFlight: wholeNumber(
    'IDUN_MAX_IN_FLIGHT',
    'Calls that may wait for an answer at the same time, over both transports; more are refused with `OVERLOADED`.',
    1,
    1_000_000,
  ),
  maxLoopDelayMs: wholeNumber(
    'IDUN_MAX_LOOP_DELAY_MS',
    'How long a call may have waited for its turn in the event loop before it is refused with `OVERLOADED`; 0 for any time.',
    0,
    10_000,
  ),
});

const segment = z.strictObject({
  enabled: flag(
    'IDUN_SEGMENT_ENABLED',
    'Gives segment ids; off, its routes answer `MODE_DISABLED`.',
  ),
  adaptive: flag(
    'IDUN_SEGMENT_ADAPTIVE',
    "Lets the step follow the measured rate; off, the key's own step is used.",
  ),
  prefetchRatio: fraction(
    'IDUN_SEGMENT_PREFETCH',
    'Used fraction of a segment at which the next one is fetched.',
  ),
  targetSeconds: wholeNumber(
    'IDUN_SEGMENT_TARGET_SECONDS',
    'The stock in memory never falls under so many seconds of the measured rate.',
    1,
    86_400,
  ),
  maxStep: wholeNumber(
    'IDUN_SEGMENT_MAX_STEP',
    'Ceiling of the adaptive step, and of a range lease.',
    1,
    1_000_000_000,
  ),
  deadlineMs: wholeNumber(
    'IDUN_SEGMENT_DEADLINE_MS',
    'How long a caller waits for ids before `SEGMENT_NOT_READY`.',
    2,
    60_000,
  ),
  fetchDeadlineMs: wholeNumber(
    'IDUN_SEGMENT_FETCH_DEADLINE_MS',
    'How long one fetch from the store may take; below `segment.deadlineMs`.',
    1,
    59_999,
  ),
  negativeCacheMs: wholeNumber(
    'IDUN_SEGMENT_NEGATIVE_CACHE_MS',
    'How long an unknown key is remembered as unknown before the store is asked again.',
    1,
    1_000,
  ),
  onRewind: oneOf(
    'IDUN_ON_REWIND',
    'When the database gives ids that were given before: `heal` moves the key on, `refuse` gives nothing until an operator has advanced it.',
    ['heal', 'refuse'],
  ),
  witness: oneOf(
    'IDUN_WITNESS',
    'Where ZooKeeper is configured and out of reach: `prefer` goes on without its word on new ranges, `require` fetches none.',
    ['prefer', 'require'],
  ),
});

const journal = z.strictObject({
  enabled: flag('IDUN_JOURNAL', 'Records each range that is given, to whom and when.'),
  retentionHours: wholeNumber(
    'IDUN_JOURNAL_RETENTION_HOURS',
    'How long such a record is kept.',
    1,
    87_600,
  ),
});

const snowflake = z.strictObject({
  enabled: flag(
    'IDUN_SNOWFLAKE_ENABLED',
    'Gives snowflake ids; off, its routes answer `MODE_DISABLED`.',
  ),
  layout: text(
    'IDUN_SNOWFLAKE_LAYOUT',
    'Bits of timestamp-worker-sequence, or timestamp-datacenter-worker-sequence; 63 in all.',
    20,
    'bits like 41-10-12 or 41-5-5-12',
  ),
  epochMs: wholeNumber(
    'IDUN_SNOWFLAKE_EPOCH',
    'The instant that timestamps count from, in ms since 1970. Never change it once ids are out.',
    0,
    9_999_999_999_999,
  ),
  datacenterId: wholeNumber(
    'IDUN_DATACENTER_ID',
    'Datacenter id, for layouts that have one (required there).',
    0,
    4_194_303,
  ).optional(),
});

const worker = z.strictObject({
  lease: oneOf(
    'IDUN_WORKER_LEASE',
    'Who gives this node its worker id; `auto` is `zookeeper` where its servers are given, else `database`; `leaf` shares them with a running Meituan Leaf.',
    ['auto', 'zookeeper', 'database', 'static', 'leaf'],
  ),
  id: wholeNumber(
    'IDUN_WORKER_ID',
    'The worker id, for `static` (required there, and only there).',
    0,
    4_194_303,
  ).optional(),
  instance: text(
    'IDUN_INSTANCE',
    'Name under which this node asks for its old worker id. Unset: advertised host and HTTP port.',
    128,
  ).optional(),
  ttlMs: wholeNumber(
    'IDUN_WORKER_TTL_MS',
    'Lease time of a worker id; with ZooKeeper the session time-out too.',
    100,
    HOUR_MS,
  ),
});

const zookeeper = z.strictObject({
  connect: checkedText(
    'IDUN_ZOOKEEPER_CONNECT',
    'The servers of the ZooKeeper ensemble.',
    (servers) => connectStringError(servers) === undefined,
    'host:port, several of them separated by commas: h1:2181,h2:2181',
  ).optional(),
  root: checkedText(
    'IDUN_ZOOKEEPER_ROOT',
    'The ZooKeeper node under which idun keeps all that is its own.',
    isRoot,
    'a path such as /idun: letters, digits, dots, dashes and underscores between slashes',
  ),
});

const leaf = z.strictObject({
  name: checkedText(
    'IDUN_LEAF_NAME',
    "Leaf's `leaf.name`, for the lease `leaf` (required there, and only there). `snowflake.epochMs` must be that of the Leaf.",
    isLeafName,
    'a name of up to 128 letters, digits, dots, dashes and underscores',
  ).optional(),
});

/** Characters that Nacos takes everywhere. */
const NACOS_NAME = /^[\w.-]{1,128}$/;
const nacosName = (env: string, meaning: string) =>
  checkedText(
    env,
    meaning,
    (name) => NACOS_NAME.test(name),
    '1 to 128 letters, digits and characters of -._',
  );

const nacos = z.strictObject({
  servers: checkedText(
    'IDUN_NACOS_SERVERS',
    'The servers of the Nacos cluster, where callers find this node. Unset: it is registered nowhere.',
    (servers) => parseServers(servers) !== undefined,
    'host:port, several of them separated by commas: h1:8848,h2:8848',
  ).optional(),
  namespace: nacosName('IDUN_NACOS_NAMESPACE', 'The id of the Nacos namespace.'),
  group: nacosName('IDUN_NACOS_GROUP', 'The Nacos group.'),
  service: nacosName(
    'IDUN_NACOS_SERVICE',
    'Name of the Nacos service for HTTP; that for TCP has `-rpc` at its end.',
  ),
  cluster: nacosName('IDUN_NACOS_CLUSTER', 'The cluster, within the Nacos service, of this node.'),
  username: text('IDUN_NACOS_USERNAME', 'User name for Nacos.', 128).optional(),
  password: password('IDUN_NACOS_PASSWORD', 'Password for Nacos.').optional(),
});

const clock = z.strictObject({
  toleranceMs: wholeNumber(
    'IDUN_CLOCK_TOLERANCE_MS',
    'Step back of the clock that is ridden out.',
    0,
    HOUR_MS,
  ),
  maxAheadMs: wholeNumber(
    'IDUN_CLOCK_MAX_AHEAD_MS',
    "A clock further ahead of the store's gives no snowflake ids (`CLOCK_UNTRUSTED`).",
    100,
    24 * HOUR_MS,
  ),
});

/**
 * Every setting with its variable, meaning and bounds: the one source of truth. No defaults stand here (they are
 * in config/default.yaml) and nothing is transformed, so that the checks of the whole may read unparsed values.
 */
export const configSchema = z.strictObject({
  http,
  tcp,
  overload,
  advertiseHost: host(
    'IDUN_ADVERTISE_HOST',
    'Address under which other machines reach this node. Unset: the first IPv4 address that is not loopback.',
  ).optional(),
  zone: text(
    'IDUN_ZONE',
    'The zone (datacenter, availability zone) of this node, for operators and callers.',
    64,
  ).optional(),
  weight: decimal(
    'IDUN_WEIGHT',
    'How much of the calls this node should get, against the others; published in Nacos.',
    MAX_WEIGHT,
  ),
  dataDir: text(
    'IDUN_DATA_DIR',
    'Folder for what this node keeps on disk; relative to the working directory.',
    1_000,
    'a path without white space at its ends',
  ),
  databaseUrls: secretList(
    'IDUN_DATABASE_URLS',
    'The database; in YAML a list. MySQL servers that replicate one another are one URL with `failover`. Unset: `sqlite:` and the file `idun.db` in the data folder.',
    isDatabaseUrl,
    'one of sqlite:path (of a file) and mysql://user:password@host:3306/database (special characters percent-encoded, the comma too; further servers as ?failover=host2:3306&failover=host3:3306)',
  ).optional(),
  segment,
  journal,
  snowflake,
  worker,
  zookeeper,
  leaf,
  nacos,
  clock,
  adminToken: token(
    'IDUN_ADMIN_TOKEN',
    'Bearer token of the admin routes. Unset: they are read-only, and answer this machine alone.',
  ).optional(),
  shutdownMs: wholeNumber(
    'IDUN_SHUTDOWN_MS',
    'Time on SIGTERM to answer what is in flight.',
    0,
    600_000,
  ),
  logLevel: oneOf('IDUN_LOG_LEVEL', 'Lowest level that is logged.', LOG_LEVELS),
});

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** Validated whole and frozen; see config/default.yaml for what each setting means. */
export type Config = DeepReadonly<Settings & { databaseUrls: string[] }>;

/** As given; what follows from other settings may be missing. */
export type Settings = z.infer<typeof configSchema>;

export const SETTINGS: readonly Setting[] = listSettings(configSchema);
