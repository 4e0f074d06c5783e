import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import {
  startIdun,
  type IdunOptions,
  type IdunServer,
} from '../../libs/testing/src/servers/index.js';
import { httpCaller, idsOf, readyStatus, type Caller } from './clients.js';

/** What `GET /api/workers` says of one id. */
export interface WorkerReportEntry {
  workerId: number;
  instance: string;
  state: string;
  lastHeartbeat: string;
  lastTimestamp: string | null;
}

export interface WorkerReport {
  workers: WorkerReportEntry[];
}

let roots = 0;

/** Nodes that share one root of ZooKeeper, and every snowflake id that anybody was given by them. */
export class LeaseNodes {
  readonly given: string[] = [];
  private readonly nodes: LeaseNode[] = [];

  constructor(
    readonly connectString: string,
    readonly root = `/test-${++roots}`,
  ) {}

  async start(
    env: Readonly<Record<string, string>> = {},
    options: Omit<IdunOptions, 'env'> = {},
  ): Promise<LeaseNode> {
    const server = await startIdun({
      ...options,
      env: { IDUN_ZOOKEEPER_CONNECT: this.connectString, IDUN_ZOOKEEPER_ROOT: this.root, ...env },
    });
    const node = new LeaseNode(server, this.given);
    this.nodes.push(node);
    return node;
  }

  /** Ends all of them; fails if an id was given twice. */
  async end(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.end()));
    expect(this.given.length - new Set(this.given).size).toBe(0);
  }
}

/** One idun process. */
export class LeaseNode {
  private readonly caller: Caller;
  private readonly steady: SteadyCallers[] = [];

  constructor(
    readonly server: IdunServer,
    private readonly given: string[],
  ) {
    this.caller = httpCaller(server.httpUrl);
  }

  readiness(): Promise<number> {
    return readyStatus(this.server);
  }

  async untilReady(timeout = 30_000): Promise<void> {
    await expect.poll(() => this.readiness(), { timeout, interval: 50 }).toBe(200);
  }

  /** Of snowflake ids; `undefined`, or the code of the refusal. */
  async take(count = 100): Promise<string | undefined> {
    const outcome = await this.caller.get('snowflake', 'x', count);
    if ('code' in outcome) return outcome.code;
    this.given.push(...idsOf(outcome));
    return undefined;
  }

  /** Fails unless segment ids are given. */
  async takeSegment(): Promise<void> {
    expect(await this.caller.get('segment', 'default')).toHaveProperty('ids');
  }

  async workerId(): Promise<number> {
    const [id] = idsOf(await this.caller.get('snowflake', 'x'));
    this.given.push(id!);
    return ((await this.caller.decode(id!)) as { workerId: number }).workerId;
  }

  /** `undefined` while ZooKeeper cannot be asked. */
  async report(): Promise<WorkerReport | undefined> {
    const response = await fetch(`${this.server.httpUrl}/api/workers`);
    return response.ok ? ((await response.json()) as WorkerReport) : undefined;
  }

  /** Until ZooKeeper has a later renewal of this id than at the first look, with a timestamp that was used. */
  async untilRenewed(workerId: number, timeout = 30_000): Promise<void> {
    const times = async () => {
      const report = await this.report();
      const entry = report?.workers.find((worker) => worker.workerId === workerId);
      return entry?.lastTimestamp ? entry.lastHeartbeat : undefined;
    };
    let first: string | undefined;
    const isLater = async () => {
      const last = await times();
      first ??= last;
      return last !== undefined && last !== first;
    };
    await expect.poll(isLater, { timeout, interval: 100 }).toBe(true);
  }

  /** Calls until told to stop, or until the node ends. */
  callers(count = 2): SteadyCallers {
    const callers = new SteadyCallers(this, count);
    this.steady.push(callers);
    return callers;
  }

  /** A clean stop. */
  async terminate(): Promise<void> {
    this.server.signal('SIGTERM');
    expect(await this.server.exited).toEqual({ code: 0, signal: null });
  }

  async end(): Promise<void> {
    for (const callers of this.steady) callers.isOver = true;
    await this.server.stop();
  }
}

/** So long a caller waits before it makes its next call. */
const PATIENCE_MS = 1_000;

/** Callers of one node. What a node that was asleep answers in the end counts as well, although nobody waits. */
export class SteadyCallers {
  isOver = false;
  /** Of refusals. */
  readonly codes = new Set<string>();
  /** How many calls got ids. */
  served = 0;
  /** When the latest of those was sent, on the monotonic clock. */
  lastServedMs = 0;
  private readonly calls = new Set<Promise<void>>();
  private readonly failures: unknown[] = [];
  private readonly loops: Promise<void>[];

  constructor(
    private readonly node: LeaseNode,
    count: number,
  ) {
    this.loops = Array.from({ length: count }, () => this.run());
  }

  /** Until so many more calls got ids. */
  async untilServed(more: number): Promise<void> {
    const wanted = this.served + more;
    await expect.poll(() => this.served, { timeout: 20_000 }).toBeGreaterThanOrEqual(wanted);
  }

  /** Resolves once every call was answered; rejects if one got no answer at all. */
  async stop(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.loops);
    await Promise.all(this.calls);
    expect(this.failures).toEqual([]);
  }

  private async run(): Promise<void> {
    while (!this.isOver) {
      const call = this.call();
      this.calls.add(call);
      void call.finally(() => this.calls.delete(call));
      // oxlint-disable-next-line no-await-in-loop -- one call after the other
      await Promise.race([call, sleep(PATIENCE_MS)]);
      // oxlint-disable-next-line no-await-in-loop
      await sleep(10);
    }
  }

  private async call(): Promise<void> {
    const sentMs = performance.now();
    try {
      const code = await this.node.take(20);
      if (code !== undefined) return void this.codes.add(code);
      this.served++;
      this.lastServedMs = Math.max(this.lastServedMs, sentMs);
    } catch (error) {
      this.failures.push(error);
    }
  }
}
