import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  AuditRecord,
  FreeRangeStore,
  KeyAdmin,
  KeyChange,
  RangeJournal,
  SegmentStore,
} from '#core';

export interface KeyAdminFixture {
  keys: KeyAdmin;
  /** Over the same counters. */
  segments: SegmentStore & FreeRangeStore;
  journal: RangeJournal;
  /** The newest first. */
  audit(): Promise<AuditRecord[]>;
  /** What an operator would do with SQL of his own. */
  put(key: string, row: { maxId?: bigint; step?: number; description?: string }): Promise<void>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 5_000;
const LIMIT = 2n ** 63n - 1n;
const BY = { actor: 'alice@desk', reason: 'a test' };

/** What every administration of keys does, the one in memory included. */
export function describeKeyAdmin(name: string, factory: () => Promise<KeyAdminFixture>): void {
  describe(`key admin: ${name}`, () => {
    let fixture: KeyAdminFixture;
    const { get, create, change, advance, remove, controls, allocate, lastAudit } = calls(
      () => fixture,
    );

    beforeAll(async () => void (fixture = await factory()));
    afterAll(async () => fixture?.close());

    it('creates a key, from which ids are given', async () => {
      const made = await create('made', { start: 500n, step: 7, description: 'orders' });
      const key = { key: 'made', maxId: 500n, step: 7, description: 'orders' };
      expect(made).toEqual({ ...key, suspended: false, ratePerSecond: undefined });
      expect(await get('made')).toEqual(made);
      expect(await allocate('made', 7)).toMatchObject({ start: 500n, end: 507n });
      expect(await lastAudit()).toMatchObject({
        action: 'key.create',
        subject: 'made',
        ...BY,
        after: { maxId: '500' },
      });
    });

    it('makes no key twice, and no other one that looks like it', async () => {
      await create('twice');
      await expect(create('twice', { start: 9n })).rejects.toMatchObject({ code: 'KEY_EXISTS' });
      expect(await get('twice')).toMatchObject({ maxId: 1n });
      const both = await Promise.allSettled([create('at once'), create('at once')]);
      expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
      await create('TWICE', { start: 20n });
      await create('🙂', { start: 30n });
      expect(await get('twice')).toMatchObject({ maxId: 1n });
      expect(await get('🙂')).toMatchObject({ maxId: 30n });
    });

    it.each(['Made', 'made ', 'mäde', '🙃', '\ud83d', ''])('knows no key %j', async (key) => {
      const missing = { code: 'KEY_NOT_FOUND' };
      await expect(get(key)).rejects.toMatchObject(missing);
      await expect(change(key, { suspended: true })).rejects.toMatchObject(missing);
      await expect(advance(key, { by: 1n })).rejects.toMatchObject(missing);
      await expect(remove(key)).rejects.toMatchObject(missing);
    });

    it('changes what it is told to, and leaves the rest', async () => {
      await create('changed', { description: 'before' });
      await change('changed', { ratePerSecond: 50 });
      const suspended = await change('changed', { step: 20, suspended: true });
      expect(suspended).toMatchObject({ step: 20, suspended: true, ratePerSecond: 50 });
      expect(await get('changed')).toEqual(suspended);
      expect(await change('changed', { suspended: false, description: 'after' })).toMatchObject({
        step: 20,
        description: 'after',
        suspended: false,
        ratePerSecond: 50,
      });
      const bare = await change('changed', { description: null, ratePerSecond: null });
      expect(bare).toMatchObject({ description: undefined, ratePerSecond: undefined, step: 20 });
      expect(await lastAudit()).toMatchObject({ action: 'key.change', subject: 'changed' });
    });

    it('tells the controls of all keys, where any has changed', async () => {
      await Promise.all([create('free'), create('limited'), create('stopped')]);
      await change('limited', { ratePerSecond: 3 });
      await change('stopped', { suspended: true });
      const first = await controls(undefined);
      expect(first?.controls.get('free')).toBeUndefined();
      expect(first?.controls.get('limited')).toEqual({ suspended: false, ratePerSecond: 3 });
      expect(first?.controls.get('stopped')).toEqual({ suspended: true, ratePerSecond: undefined });
      expect(await controls(first!.revision)).toBeUndefined();
      await change('stopped', { suspended: false });
      const second = await controls(first!.revision);
      expect(second?.controls.get('stopped')).toBeUndefined();
      expect(second!.revision).toBeGreaterThan(first!.revision);
    });

    it('moves a key forward only, also beyond 2^53, up to its end', async () => {
      await create('moved', { start: 100n });
      expect(await advance('moved', { by: 50n })).toMatchObject({ maxId: 150n });
      expect(await advance('moved', { to: 2n ** 60n + 1n })).toMatchObject({
        maxId: 2n ** 60n + 1n,
      });
      await expect(advance('moved', { to: 2n ** 60n })).rejects.toMatchObject({
        code: 'ADVANCE_BACKWARDS',
      });
      expect(await advance('moved', { to: 2n ** 60n + 1n })).toMatchObject({
        maxId: 2n ** 60n + 1n,
      });
      expect(await allocate('moved', 10)).toMatchObject({ start: 2n ** 60n + 1n });
      await expect(advance('moved', { to: LIMIT + 1n })).rejects.toMatchObject({
        code: 'KEY_EXHAUSTED',
      });
      await expect(advance('moved', { by: LIMIT })).rejects.toMatchObject({
        code: 'KEY_EXHAUSTED',
      });
      expect(await advance('moved', { to: LIMIT })).toMatchObject({ maxId: LIMIT });
      await expect(allocate('moved', 1)).rejects.toMatchObject({ code: 'KEY_EXHAUSTED' });
      expect(await lastAudit()).toMatchObject({
        action: 'key.advance',
        after: { maxId: `${LIMIT}` },
      });
    });

    it('drops what was given back with an advance, and leaves an event in the journal', async () => {
      await create('left', { step: 10 });
      const { start, end, proof } = await allocate('left', 10);
      await allocate('left', 10);
      const { segments, journal } = fixture;
      expect(await segments.giveBack('left', { start, end }, proof?.leases, TIMEOUT_MS)).toBe(10);
      await expect(advance('left', { to: 20n })).rejects.toThrow(/only moves forward/);
      expect((await journal.find('left', 15n, TIMEOUT_MS)).events).toEqual([]);
      await advance('left', { to: 100n });
      expect(
        await segments.takeFree('left', { floor: 1n, least: 1, size: 10 }, TIMEOUT_MS),
      ).toBeUndefined();
      const { events, maxId } = await journal.find('left', 99n, TIMEOUT_MS);
      expect(maxId).toBe(100n);
      expect(events).toEqual([
        {
          kind: 'advance',
          start: 21n,
          end: 100n,
          holder: BY.actor,
          reason: BY.reason,
          atMs: expect.any(Number),
        },
      ]);
    });

    it('counts from 1 where max_id is below', async () => {
      await fixture.put('negative', { maxId: -7n });
      expect(await get('negative')).toMatchObject({ maxId: 1n });
      expect(await advance('negative', { by: 4n })).toMatchObject({ maxId: 5n });
    });

    it('deletes only what is suspended, and begins it anew above what was given', async () => {
      await create('gone', { step: 10 });
      await allocate('gone', 10);
      await expect(remove('gone')).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
      await change('gone', { suspended: true, ratePerSecond: 5 });
      const before = await controls(undefined);
      await remove('gone');
      expect(await lastAudit()).toMatchObject({ action: 'key.delete', before: { maxId: '11' } });
      await expect(get('gone')).rejects.toMatchObject({ code: 'KEY_NOT_FOUND' });
      await expect(allocate('gone', 1)).rejects.toMatchObject({ code: 'KEY_NOT_FOUND' });
      const after = await controls(before!.revision);
      expect(after?.deleted.has('gone')).toBe(true);
      expect(after?.controls.has('gone')).toBe(false);

      const again = await create('gone', { start: 3n });
      expect(again).toMatchObject({ maxId: 11n, suspended: false, ratePerSecond: undefined });
      expect((await controls(after!.revision))?.deleted.has('gone')).toBe(false);
      await change('gone', { suspended: true });
      await remove('gone');
      expect(await create('gone', { start: 400n })).toMatchObject({ maxId: 400n });
    });

    it('lists keys by their bytes, page by page', async () => {
      for (const key of ['l/b', 'l/B', 'l/é', 'l/🙂', 'l/￼', 'l/a']) {
        // oxlint-disable-next-line no-await-in-loop
        await create(key);
      }
      await change('l/b', { suspended: true });
      const listed: string[] = [];
      for (let after: string | undefined; ;) {
        // oxlint-disable-next-line no-await-in-loop
        const page = await fixture.keys.list(after, 2, TIMEOUT_MS);
        listed.push(...page.map(({ key }) => key));
        after = page.at(-1)?.key;
        if (page.length < 2) break;
      }
      expect(new Set(listed).size).toBe(listed.length);
      expect(listed.filter((key) => key.startsWith('l/'))).toEqual([
        'l/B',
        'l/a',
        'l/b',
        'l/é',
        'l/￼',
        'l/🙂',
      ]);
      expect(await fixture.keys.list('l/a', 1, TIMEOUT_MS)).toMatchObject([
        { key: 'l/b', suspended: true },
      ]);
    });
  });
}

function calls(fixture: () => KeyAdminFixture) {
  return {
    get: (key: string) => fixture().keys.get(key, TIMEOUT_MS),
    create: (key: string, more: { start?: bigint; step?: number; description?: string } = {}) =>
      fixture().keys.create(
        { key, start: 1n, step: 1_000, description: undefined, ...more },
        BY,
        TIMEOUT_MS,
      ),
    change: (key: string, change: KeyChange) => fixture().keys.change(key, change, BY, TIMEOUT_MS),
    advance: (key: string, to: { to: bigint } | { by: bigint }) =>
      fixture().keys.advance(key, to, BY, TIMEOUT_MS),
    remove: (key: string) => fixture().keys.delete(key, BY, TIMEOUT_MS),
    controls: (revision: bigint | undefined) => fixture().keys.controls(revision, TIMEOUT_MS),
    allocate: (key: string, size: number) => fixture().segments.allocate(key, size, TIMEOUT_MS),
    lastAudit: async () => (await fixture().audit())[0],
  };
}
