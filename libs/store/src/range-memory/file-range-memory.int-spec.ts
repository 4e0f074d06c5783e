import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StoreLog } from '../store.js';
import { FileRangeMemory } from './file-range-memory.js';
import { lineOf, parseLine } from './memory-line.js';

const log = { info: vi.fn<StoreLog['info']>(), warn: vi.fn<StoreLog['warn']>() };
let folder: string;
let path: string;
const opened: FileRangeMemory[] = [];

beforeEach(async () => {
  log.warn.mockClear();
  folder = await mkdtemp(join(tmpdir(), 'idun-memory-'));
  path = join(folder, 'data', 'witness.jsonl');
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((memory) => memory.close()));
  await rm(folder, { recursive: true, force: true });
});

async function open(store = 'mysql://db'): Promise<FileRangeMemory> {
  const memory = await FileRangeMemory.open({ path, store, log });
  opened.push(memory);
  return memory;
}

const proof = (leases: bigint, epoch = 1n) => ({ leases, epoch, isKnownServer: true });
const range = (start: bigint, end: bigint) => ({ start, end });

describe('what a node has seen of its store', () => {
  it('is there after a restart, the highest of each', async () => {
    const before = await open();
    await before.note('order', range(1n, 101n), proof(1n));
    await before.note('order', range(101n, 201n), proof(4n, 3n));
    await before.note('order', range(50n, 60n), undefined);
    await before.note('zähler\n🙂', range(2n ** 62n, 2n ** 62n + 1n), proof(2n ** 61n));
    const after = await open();
    expect(after.of('order')).toEqual({ leases: 4n, mark: 201n });
    expect(after.of('zähler\n🙂')).toEqual({ leases: 2n ** 61n, mark: 2n ** 62n + 1n });
    expect(after.epoch).toBe(3n);
    expect(after.of('other')).toBeUndefined();
    expect(log.warn).not.toHaveBeenCalled();
  });

  it('is on the disk before the range may be used', async () => {
    const memory = await open();
    await memory.note('order', range(1n, 101n), proof(7n));
    expect(await readFile(path, 'utf8')).toContain('"leases":"7"');
  });

  it('is kept apart for each store', async () => {
    await (await open('mysql://a')).note('order', range(1n, 101n), proof(9n, 5n));
    const other = await open('mysql://b');
    expect([other.of('order'), other.epoch]).toEqual([undefined, 0n]);
  });

  it('outlasts a line that a crash left unfinished, and lines that are none', async () => {
    await (await open()).note('order', range(1n, 101n), proof(1n));
    await appendFile(path, 'nonsense\n{"store":"mysql://db","key":"order","lea');
    await (await open()).note('order', range(101n, 201n), proof(2n));
    expect((await open()).of('order')).toEqual({ leases: 2n, mark: 201n });
  });

  it('is of all processes that share the file, also once one of them has compacted it', async () => {
    const first = await open();
    await first.note('a', range(1n, 101n), proof(1n));
    const filler = { store: 'mysql://c', key: 'k', leases: 1n, mark: 2n, epoch: 1n };
    await appendFile(path, `${lineOf(filler)}\n`.repeat(20_000));
    const second = await open();
    expect((await stat(path)).size).toBeLessThan(10_000);
    await first.note('a', range(101n, 201n), proof(2n));
    await second.note('b', range(1n, 11n), proof(1n));
    const third = await open();
    expect(third.of('a')).toEqual({ leases: 2n, mark: 201n });
    expect(third.of('b')).toEqual({ leases: 1n, mark: 11n });
    expect((await open('mysql://c')).of('k')).toEqual({ leases: 1n, mark: 2n });
  });

  it('does not grow for ever while it is in use', async () => {
    const memory = await open();
    await memory.note('a', range(1n, 101n), proof(1n));
    const filler = { store: 'mysql://db', key: 'k'.repeat(100), leases: 1n, mark: 2n, epoch: 1n };
    await appendFile(path, `${lineOf(filler)}\n`.repeat(8_000));
    await memory.note('a', range(101n, 201n), proof(2n));
    expect((await stat(path)).size).toBeLessThan(1_000);
    await memory.note('a', range(201n, 301n), proof(3n));
    expect((await open()).of('a')).toEqual({ leases: 3n, mark: 301n });
  });

  it('lasts as long as the process where the file cannot be written, and says so once', async () => {
    const blocker = join(folder, 'data');
    await writeFile(blocker, 'no folder');
    const memory = await open();
    await memory.note('order', range(1n, 101n), proof(1n));
    await memory.note('order', range(101n, 201n), proof(2n));
    expect(memory.of('order')).toEqual({ leases: 2n, mark: 201n });
    expect(log.warn).toHaveBeenCalledTimes(1);
  });
});

describe('a line', () => {
  it.each(['', '{', 'null', '[]', '{"store":1}', '{"store":"s","key":"k","leases":"x"}'])(
    'is none: %j',
    (text) => {
      expect(parseLine(text)).toBeUndefined();
    },
  );
});
