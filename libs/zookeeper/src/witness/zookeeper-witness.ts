import { randomUUID } from 'node:crypto';
import {
  CLAIM_WINDOW_MS,
  claimRange,
  coverRange,
  KeyNotOpened,
  KeyUnreadable,
  newWitnessState,
  releaseRange,
  type Claim,
  type SegmentRange,
  type Witness,
  type WitnessState,
  type WitnessTime,
} from '#core';
import { createPath, StoreClock } from '../store-clock.js';
import type { ZooKeeperNodes } from '../zookeeper-nodes.js';
import type { ZooKeeperSession } from '../zookeeper-session.js';
import { together, witnessCall, type Step, type WitnessCall } from './witness-call.js';
import {
  parseWitnessNode,
  witnessNodeData,
  witnessNodeName,
  type WitnessNode,
} from './witness-node.js';

export interface ZooKeeperWitnessOptions {
  /** An absolute path without a slash at its end. */
  root: string;
  windowMs?: number;
}

/** A key's node as it was last read or written. */
interface Seen extends WitnessNode {
  version: number;
}

/**
 * One node for each key. Calls of a process that wait for the same one are carried out together.
 *
 * What is decided is decided on what this process has last seen of the node, however old: the leader confirms every
 * answer, a refusal too, by the version of the node. So what a server that lags behind shows can only cost a round.
 * The version alone would not do, as a node that was removed and created again counts from the beginning: the leader
 * checks for a child too, whose random name stands in the node's data, and which goes with the node.
 */
export class ZooKeeperWitness implements Witness {
  private readonly seen = new Map<string, Seen>();
  /** The last call of each key: they would only be in each other's way. */
  private readonly turns = new Map<string, Promise<unknown>>();
  /** Calls of a key that are not begun: whose turn it is takes all of them along. */
  private readonly waiting = new Map<string, Set<WitnessCall>>();
  private readonly parent: string;
  private readonly clock: StoreClock;
  private readonly windowMs: number;

  constructor(
    private readonly session: ZooKeeperSession,
    { root, windowMs = CLAIM_WINDOW_MS }: ZooKeeperWitnessOptions,
  ) {
    this.parent = `${root}/witness`;
    this.clock = new StoreClock(root);
    this.windowMs = windowMs;
  }

  open(key: string, maxId: bigint, timeoutMs: number): Promise<void> {
    return this.inTurn(key, timeoutMs, async (nodes) => {
      while (!(await this.read(nodes, key))) {
        if (await this.create(nodes, key, maxId)) continue;
        // Others were faster, or its parent is not there yet.
        if (!(await nodes.get(this.parent))) await createPath(nodes, this.parent);
      }
    });
  }

  claim(
    key: string,
    range: SegmentRange,
    epoch: bigint | undefined,
    timeoutMs: number,
  ): Promise<Claim> {
    return this.change(key, timeoutMs, (state, time) => claimRange(state, range, epoch, time));
  }

  release(key: string, range: SegmentRange, claim: bigint, timeoutMs: number): Promise<boolean> {
    return this.change(key, timeoutMs, (state) => releaseRange(state, range, claim));
  }

  cover(key: string, range: SegmentRange, timeoutMs: number): Promise<void> {
    return this.change(key, timeoutMs, (state, time) => coverRange(state, range, time));
  }

  private async change<T>(key: string, timeoutMs: number, step: Step<T>): Promise<T> {
    const call = witnessCall(step);
    const { waiting } = this;
    waiting.set(key, (waiting.get(key) ?? new Set()).add(call));
    try {
      return await this.inTurn(key, timeoutMs, async (nodes) => {
        const calls = waiting.get(key);
        // Else it is under way in the hands of another one.
        if (calls?.has(call)) {
          waiting.delete(key);
          await this.carryOut(nodes, key, [...calls]);
        }
        return call.answered;
      });
    } finally {
      call.isOver = true;
      waiting.get(key)?.delete(call);
    }
  }

  private async carryOut(
    nodes: ZooKeeperNodes,
    key: string,
    batch: readonly WitnessCall[],
  ): Promise<void> {
    try {
      await this.decide(nodes, key, batch);
    } catch (error) {
      for (const call of batch) call.fail(error);
    }
  }

  private async decide(
    nodes: ZooKeeperNodes,
    key: string,
    batch: readonly WitnessCall[],
  ): Promise<void> {
    let time: WitnessTime | undefined;
    for (;;) {
      const seen = this.seen.get(key) ?? (await this.read(nodes, key));
      if (!seen) throw new KeyNotOpened(key);
      const calls = batch.filter(({ isOver }) => !isOver);
      const done = together(calls, seen.state, time);
      if (!done) {
        time = { nowMs: await this.clock.nowMs(nodes), windowMs: this.windowMs };
        continue;
      }
      if (await this.confirm(nodes, key, seen, done.state)) {
        for (const [n, call] of calls.entries()) call.settle(done.answers[n]);
        return;
      }
      time = undefined;
    }
  }

  /** False where the node is not as it was seen: nothing was written then. Rejects where that is unknown. */
  private async confirm(
    nodes: ZooKeeperNodes,
    key: string,
    { incarnation, state, version }: Seen,
    next: WitnessState,
  ): Promise<boolean> {
    const path = this.pathOf(key);
    const isSame = next === state;
    const written = { incarnation, state: next };
    const isDone = await nodes.commit((all) => {
      all.check(`${path}/${incarnation}`);
      return isSame
        ? all.check(path, version)
        : all.setData(path, witnessNodeData(written), version);
    });
    if (!isDone) this.seen.delete(key);
    else if (!isSame) this.seen.set(key, { ...written, version: version + 1 });
    return isDone;
  }

  private async create(nodes: ZooKeeperNodes, key: string, maxId: bigint): Promise<boolean> {
    const path = this.pathOf(key);
    const incarnation = randomUUID();
    const data = witnessNodeData({ incarnation, state: newWitnessState(maxId) });
    // Written twice: the client takes the version 0 of a fresh node for "any version".
    return nodes.commit((all) =>
      all.create(path, data).create(`${path}/${incarnation}`).setData(path, data),
    );
  }

  /** Undefined without such a node. */
  private async read(nodes: ZooKeeperNodes, key: string): Promise<Seen | undefined> {
    const path = this.pathOf(key);
    const read = await nodes.get(path);
    if (!read) return undefined;
    const { version } = read.stat;
    const node = parseWitnessNode(read.data);
    if (!node || version === 0) throw new KeyUnreadable(path);
    const seen = { ...node, version };
    this.seen.set(key, seen);
    return seen;
  }

  /** Settles in time, also where the call before it does not. */
  private inTurn<T>(
    key: string,
    timeoutMs: number,
    work: (nodes: ZooKeeperNodes) => Promise<T>,
  ): Promise<T> {
    const before = this.turns.get(key);
    const call = this.session.within(timeoutMs, async (nodes) => {
      await before;
      return work(nodes);
    });
    const turn = call
      .then(
        () => undefined,
        () => undefined,
      )
      .finally(() => {
        if (this.turns.get(key) === turn) this.turns.delete(key);
      });
    this.turns.set(key, turn);
    return call;
  }

  private pathOf(key: string): string {
    return `${this.parent}/${witnessNodeName(key)}`;
  }
}
