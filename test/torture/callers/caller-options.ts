import type { CallKind } from '../checker/run-files.js';

/** What a process of callers is told, as JSON. */
export interface CallerOptions {
  /** Takes `<name>.ids` and `<name>.errors.jsonl`. */
  folder: string;
  role: Role;
  /** Of this process; stands in each of its records. */
  process: number;
  nacos: { servers: string; service: string };
  /** The HTTP addresses of the nodes, in their order. */
  nodes: readonly string[];
  keys: readonly string[];
  /** Times the usual rate. */
  load: number;
  snowflakes: SnowflakeLoad;
}

export interface SnowflakeLoad {
  /** Ids of a large call. */
  batch: number;
  /** One of so many calls of a direct caller is a large one. */
  batchEvery: number;
}

export type Role = 'direct' | 'clients' | 'leases';

/** Every kind of call that is made; `run.json` has the same list. */
export const CALLS = [
  { name: 'direct segment', isDirect: true },
  { name: 'direct snowflake', isDirect: true },
  { name: 'http segment', isDirect: false },
  { name: 'http snowflake', isDirect: false },
  { name: 'tcp segment', isDirect: false },
  { name: 'tcp snowflake', isDirect: false },
  { name: 'http count=1000', isDirect: false },
  { name: 'tcp count=1000', isDirect: false },
  { name: 'snowflake count=n', isDirect: false },
  { name: 'lease', isDirect: false },
  { name: 'leased segment', isDirect: false },
] as const satisfies readonly CallKind[];

export type CallName = (typeof CALLS)[number]['name'];

export const callNumber = (name: CallName) => CALLS.findIndex((call) => call.name === name);

/** How a process of callers fares: by call and node, successes and failures since the last message. */
export interface Pulse {
  counts: [call: number, node: number, succeeded: number, failed: number][];
}
