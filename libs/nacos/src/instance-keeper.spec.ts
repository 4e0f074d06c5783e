import { beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '#testing';
import { NacosError, type NacosOutcome } from './http.js';
import type { InstanceCalls, InstanceState } from './instance-calls.js';
import { InstanceKeeper } from './instance-keeper.js';

const STATE: InstanceState = { weight: 1, metadata: { workerId: '1' } };
const OTHER: InstanceState = { weight: 1, metadata: { workerId: '2' } };
/** Nacos's own: so much later it lists a change. */
const LISTING_MS = 500;

/** A Nacos for one instance, on simulated time. */
class MemoryNacos implements InstanceCalls {
  state: InstanceState | undefined;
  readonly made: string[] = [];
  outcome: NacosOutcome | undefined;
  hangs = false;
  latencyMs = 0;
  pace = { timeoutMs: 0, mayWrite: true };
  private listedState: InstanceState | undefined;
  private readonly givenUp = new Set<() => void>();

  constructor(private readonly clock: FakeClock) {}

  register = (state: InstanceState) => this.call('register', () => this.change(state));
  deregister = () => this.call('deregister', () => this.change(undefined));
  beat = (state: InstanceState) =>
    this.call('beat', () => {
      if (!this.state) this.change(state);
    });
  isListed = () => this.call('list', () => this.listedState !== undefined);

  setPace(pace: { timeoutMs: number; mayWrite: boolean }): void {
    this.pace = pace;
  }

  underWay(): () => void {
    const all = [...this.givenUp];
    return () => all.forEach((giveUp) => giveUp());
  }

  close(): void {
    this.underWay()();
  }

  change(state: InstanceState | undefined): void {
    this.state = state;
    this.clock.after(LISTING_MS, () => void (this.listedState = this.state));
  }

  private async call<T>(name: string, work: () => T): Promise<T> {
    this.made.push(name);
    if (this.hangs) await this.noAnswer();
    if (this.latencyMs > 0)
      await new Promise<void>((done) => this.clock.after(this.latencyMs, done));
    if (this.outcome) throw new NacosError(this.outcome, this.outcome);
    return work();
  }

  private noAnswer(): Promise<never> {
    return new Promise((_, reject) => {
      const fail = () => {
        cancel();
        this.givenUp.delete(fail);
        reject(new NacosError('no answer', 'unknown'));
      };
      const cancel = this.clock.after(this.pace.timeoutMs, fail);
      this.givenUp.add(fail);
    });
  }
}

let clock: FakeClock;
let nacos: MemoryNacos;
let log: string[];

beforeEach(() => {
  clock = new FakeClock();
  nacos = new MemoryNacos(clock);
  log = [];
});

function startKeeper(): InstanceKeeper {
  const write = (_: object, message: string) => void log.push(message);
  return new InstanceKeeper({
    calls: nacos,
    clock,
    scheduler: clock,
    random: () => 1,
    log: { info: write, warn: write },
    service: 'ids',
  });
}

async function registered(): Promise<InstanceKeeper> {
  const keeper = startKeeper();
  keeper.keep(STATE);
  await clock.advance(1_000);
  nacos.made.length = 0;
  return keeper;
}

/** Filled in once the keeper lets its caller go. */
function leave(keeper: InstanceKeeper): { afterMs?: number } {
  const begunMs = clock.monotonicMs();
  const left: { afterMs?: number } = {};
  void keeper.leave().then(() => (left.afterMs = clock.monotonicMs() - begunMs));
  return left;
}

describe('an instance that is kept', () => {
  it('is registered at once', async () => {
    const keeper = startKeeper();
    await clock.flush();
    keeper.keep(STATE);
    await clock.flush();
    expect(nacos.state).toEqual(STATE);
    await clock.advance(1_000);
    expect(log).toEqual(['Registered with Nacos']);
  });

  it('gives a sign of life every 5 s and is not registered again', async () => {
    const keeper = await registered();
    keeper.keep({ ...STATE });
    await clock.advance(20_000);
    expect(nacos.made.filter((call) => call === 'beat')).toHaveLength(4);
    expect(nacos.made).not.toContain('register');
  });

  it('is changed at once', async () => {
    const keeper = await registered();
    keeper.keep(OTHER);
    await clock.flush();
    expect(nacos.state).toEqual(OTHER);
  });

  it('is changed also while the registration before is under way', async () => {
    nacos.latencyMs = 300;
    const keeper = startKeeper();
    keeper.keep(STATE);
    await clock.advance(400);
    keeper.keep(OTHER);
    await clock.advance(1_000);
    expect(nacos.made.filter((call) => call === 'register')).toHaveLength(2);
    expect(nacos.state).toEqual(OTHER);
  });

  it('is back within 6 s where Nacos has lost it', async () => {
    await registered();
    nacos.change(undefined);
    await clock.advance(6_000);
    expect(nacos.state).toEqual(STATE);
    expect(log).toContain('Nacos has lost the registration: registering again');
  });

  it('is back within 4 s of a Nacos that was away, after one line', async () => {
    await registered();
    nacos.outcome = 'undone';
    nacos.change(undefined);
    await clock.advance(600_000);
    nacos.outcome = undefined;
    await clock.advance(4_000);
    expect(nacos.state).toEqual(STATE);
    expect(log.filter((line) => line.includes('does not do as it is asked'))).toHaveLength(1);
  });

  it('is asked for at most every 1.5 s while Nacos is away', async () => {
    await registered();
    nacos.outcome = 'undone';
    await clock.advance(30_000);
    nacos.made.length = 0;
    await clock.advance(30_000);
    expect(nacos.made.length).toBeLessThanOrEqual(20);
  });

  it('says that it is refused', async () => {
    nacos.outcome = 'refused';
    startKeeper().keep(STATE);
    await clock.advance(10_000);
    expect(log).toEqual([expect.stringContaining('refuses this user name, password or right')]);
  });
});

describe('an instance that leaves', () => {
  it('is gone at once, and its caller knows once Nacos no longer lists it', async () => {
    const left = leave(await registered());
    await clock.flush();
    expect(nacos.state).toBeUndefined();
    await clock.advance(2_000);
    expect(left.afterMs).toBeGreaterThanOrEqual(LISTING_MS);
    expect(left.afterMs).toBeLessThan(LISTING_MS + 200);
    expect(log.at(-1)).toBe('Taken out of Nacos');
  });

  it('gives no more signs of life, even where it was about to', async () => {
    const keeper = await registered();
    await clock.advance(4_000);
    nacos.latencyMs = 100;
    while (!nacos.made.includes('list')) await clock.advance(10);
    leave(keeper);
    nacos.made.length = 0;
    expect(nacos.pace.mayWrite).toBe(false);
    await clock.advance(30_000);
    expect(nacos.made).not.toContain('beat');
    expect(nacos.state).toBeUndefined();
  });

  it('tries again soon', async () => {
    const keeper = await registered();
    nacos.outcome = 'undone';
    const left = leave(keeper);
    await clock.advance(250);
    nacos.outcome = undefined;
    await clock.advance(2_000);
    expect(left.afterMs).toBeLessThan(1_000);
  });

  it.each(['refused', 'undone'] as const)(
    'keeps nobody where registering was %s',
    async (outcome) => {
      nacos.outcome = outcome;
      const keeper = startKeeper();
      keeper.keep(STATE);
      await clock.advance(10_000);
      const left = leave(keeper);
      await clock.flush();
      expect(left.afterMs).toBe(0);
    },
  );

  it('keeps its caller for a second where Nacos hangs, and leaves once it answers', async () => {
    const keeper = await registered();
    nacos.hangs = true;
    const left = leave(keeper);
    await clock.advance(2_000);
    expect(left.afterMs).toBe(1_000);
    expect(nacos.state).toEqual(STATE);
    nacos.hangs = false;
    await clock.advance(5_000);
    expect(nacos.state).toBeUndefined();
  });

  it('waits a little for a call that is under way, and is watched as that may still be carried out', async () => {
    const keeper = startKeeper();
    await clock.flush();
    nacos.hangs = true;
    keeper.keep(STATE);
    await clock.flush();
    nacos.hangs = false;
    const left = leave(keeper);
    await clock.advance(150);
    expect(nacos.made).not.toContain('deregister');
    await clock.advance(350);
    expect(nacos.made).toContain('deregister');
    nacos.change(STATE);
    await clock.advance(2_000);
    expect(left.afterMs).toBe(1_000);
    expect(nacos.state).toBeUndefined();
    // What was given up on purpose is nothing to complain of.
    await clock.advance(20_000);
    expect(log).toEqual(['Taken out of Nacos']);
  });

  it('is taken out again whenever it comes back', async () => {
    const keeper = await registered();
    leave(keeper);
    await clock.advance(30_000);
    nacos.change(STATE);
    await clock.advance(7_000);
    expect(nacos.state).toBeUndefined();
    expect(nacos.made).not.toContain('beat');
  });

  it('may come back, even while it leaves', async () => {
    const keeper = await registered();
    leave(keeper);
    keeper.keep(STATE);
    await clock.advance(2_000);
    expect(nacos.state).toEqual(STATE);
  });
});

it('lets go when it is closed', async () => {
  const keeper = await registered();
  nacos.hangs = true;
  await clock.advance(5_000);
  const left = keeper.leave();
  await keeper.close();
  await left;
  await clock.flush();
  nacos.made.length = 0;
  await clock.advance(60_000);
  expect(nacos.made).toEqual([]);
});
