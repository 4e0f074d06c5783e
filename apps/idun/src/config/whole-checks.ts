import { epochError, parseLayout, type SnowflakeLayout } from '#core';
import { isLeafHost } from '#zookeeper';
import type { z } from 'zod';
import { configSchema, type Settings } from './schema.js';

const LEAF_LAYOUT = '41-10-12';

/** A rule over several settings. It runs only when each of `keys` is valid by itself. */
interface WholeCheck {
  keys: readonly [string, ...string[]];
  /** What is wrong, if anything: completes the sentence that starts with the first of `keys`. */
  problem: (config: Settings, nowMs: number) => string | undefined;
}

function layoutOf(config: Settings): { layout?: SnowflakeLayout; error?: string } {
  try {
    return { layout: parseLayout(config.snowflake.layout) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

const twoPorts: WholeCheck = {
  keys: ['tcp.port', 'tcp.host', 'http.host', 'http.port'],
  problem: ({ http, tcp }) =>
    http.port !== 0 && http.port === tcp.port && http.host === tcp.host
      ? `must differ from http.port; both are ${tcp.port}`
      : undefined,
};

const oneDatabase: WholeCheck = {
  keys: ['databaseUrls'],
  problem: ({ databaseUrls }) =>
    databaseUrls && databaseUrls.length > 1
      ? `has ${databaseUrls.length} URLs, but partitions are not supported yet: give exactly one`
      : undefined,
};

const fetchDeadline: WholeCheck = {
  keys: ['segment.fetchDeadlineMs', 'segment.deadlineMs'],
  problem: ({ segment }) =>
    segment.fetchDeadlineMs >= segment.deadlineMs
      ? `must be below segment.deadlineMs (${segment.deadlineMs}); it is ${segment.fetchDeadlineMs}`
      : undefined,
};

const witnessThere: WholeCheck = {
  keys: ['segment.witness', 'zookeeper.connect'],
  problem: ({ segment, zookeeper }) =>
    segment.witness === 'require' && segment.enabled && zookeeper.connect === undefined
      ? 'is require, and there is no witness: set zookeeper.connect'
      : undefined,
};

const someMode: WholeCheck = {
  keys: ['snowflake.enabled', 'segment.enabled'],
  problem: ({ segment, snowflake }) =>
    segment.enabled || snowflake.enabled
      ? undefined
      : 'is false, and segment.enabled too: one of the two must be true',
};

const layoutAddsUp: WholeCheck = {
  keys: ['snowflake.layout'],
  problem(config) {
    const { error } = layoutOf(config);
    return error && `is wrong: ${error}`;
  },
};

const epochFits: WholeCheck = {
  keys: ['snowflake.epochMs', 'snowflake.layout'],
  problem(config, nowMs) {
    const { layout } = layoutOf(config);
    const error = layout && epochError(layout, config.snowflake.epochMs, nowMs);
    return error && `is wrong: ${error}`;
  },
};

/** Never assumed: two datacenters with databases of their own and the same id would give the same ids. */
const datacenterId: WholeCheck = {
  keys: ['snowflake.datacenterId', 'snowflake.layout'],
  problem(config) {
    const { layout } = layoutOf(config);
    const { datacenterId: id, layout: text } = config.snowflake;
    if (!layout) return undefined;
    if (layout.datacenterBits === 0) {
      return id === undefined ? undefined : `must not be set: the layout ${text} has none`;
    }
    return notBelow(id, 2 ** layout.datacenterBits, `with the layout ${text}`);
  },
};

const workerId: WholeCheck = {
  keys: ['worker.id', 'worker.lease', 'snowflake.layout'],
  problem(config) {
    const { lease, id } = config.worker;
    if (lease !== 'static') {
      return id === undefined ? undefined : `must not be set: worker.lease is ${lease}`;
    }
    const { layout } = layoutOf(config);
    const size = layout ? 2 ** layout.workerBits : Infinity;
    return notBelow(id, size, `with the lease static and the layout ${config.snowflake.layout}`);
  },
};

/** What a Leaf can read, and what stays over a restart: its nodes are for ever. */
const leafAddress: WholeCheck[] = [
  {
    keys: ['http.port', 'worker.lease'],
    problem: ({ http, worker }) =>
      worker.lease === 'leaf' && http.port === 0
        ? 'must not be 0 with the lease leaf: each start would use up another worker id'
        : undefined,
  },
  {
    keys: ['advertiseHost', 'worker.lease'],
    problem: ({ advertiseHost, worker }) =>
      worker.lease === 'leaf' && advertiseHost !== undefined && !isLeafHost(advertiseHost)
        ? 'must have no dash with the lease leaf, as Leaf cannot read it: give the IP address'
        : undefined,
  },
  {
    keys: ['worker.instance', 'worker.lease'],
    problem: ({ worker }) =>
      worker.lease === 'leaf' && worker.instance !== undefined
        ? 'must not be set with the lease leaf: nodes are known by advertised host and HTTP port'
        : undefined,
  },
];

const leafName: WholeCheck = {
  keys: ['leaf.name', 'worker.lease'],
  problem({ leaf, worker }) {
    const isLeaf = worker.lease === 'leaf';
    if (isLeaf === (leaf.name !== undefined)) return undefined;
    return isLeaf
      ? "must be set: worker.lease is leaf, and needs Leaf's leaf.name"
      : `must not be set: worker.lease is ${worker.lease}`;
  },
};

const leafLayout: WholeCheck = {
  keys: ['snowflake.layout', 'worker.lease'],
  problem: ({ snowflake, worker }) =>
    worker.lease === 'leaf' && snowflake.layout !== LEAF_LAYOUT
      ? `must be ${LEAF_LAYOUT}, which is Leaf's: worker.lease is leaf`
      : undefined,
};

const zookeeperServers: WholeCheck = {
  keys: ['zookeeper.connect', 'worker.lease'],
  problem: ({ worker, zookeeper }) =>
    (worker.lease === 'zookeeper' || worker.lease === 'leaf') && zookeeper.connect === undefined
      ? `must be set: worker.lease is ${worker.lease}`
      : undefined,
};

const nacosPassword: WholeCheck = {
  keys: ['nacos.password', 'nacos.username'],
  problem({ nacos: { username, password } }) {
    if ((username === undefined) === (password === undefined)) return undefined;
    return password === undefined
      ? 'must be set: nacos.username is'
      : 'must not be set without nacos.username';
  },
};

function notBelow(id: number | undefined, size: number, where: string): string | undefined {
  if (id === undefined) return `must be set ${where}`;
  return id < size ? undefined : `must be from 0 to ${size - 1} ${where}; it is ${id}`;
}

const WHOLE_CHECKS: readonly WholeCheck[] = [
  twoPorts,
  oneDatabase,
  fetchDeadline,
  someMode,
  witnessThere,
  layoutAddsUp,
  epochFits,
  datacenterId,
  workerId,
  zookeeperServers,
  leafName,
  leafLayout,
  ...leafAddress,
  nacosPassword,
];

/** The schema of a whole configuration: zod skips a rule over several settings once any is wrong, this one does not. */
export function wholeSchema(nowMs: number): typeof configSchema {
  return WHOLE_CHECKS.reduce(
    (schema, { keys, problem }) =>
      schema.superRefine(
        (config, context) => {
          const message = problem(config, nowMs);
          const path = keys[0].split('.');
          if (message) context.addIssue({ code: 'custom', path, message, params: WHOLE });
        },
        { when: ({ issues }) => keys.every((key) => !issues.some((issue) => spoils(issue, key))) },
      ),
    configSchema,
  );
}

const WHOLE = { whole: true };

/** Whether an issue comes from a rule over several settings, with a message that stands for itself. */
export function isWholeIssue(issue: z.core.$ZodRawIssue | z.core.$ZodIssue): boolean {
  return issue.code === 'custom' && issue.params === WHOLE;
}

function spoils(issue: z.core.$ZodRawIssue, key: string): boolean {
  if (issue.code === 'unrecognized_keys' || isWholeIssue(issue)) return false;
  const path = (issue.path ?? []).filter((part) => typeof part === 'string');
  return `${key}.`.startsWith(`${path.join('.')}.`);
}
