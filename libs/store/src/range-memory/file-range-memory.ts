import { mkdir, open, readFile, rename, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { KeyMemory, RangeMemory, SegmentRange, StoreProof } from '#core';
import type { StoreLog } from '../store.js';
import { lineOf, parseLine } from './memory-line.js';

export interface FileRangeMemoryOptions {
  path: string;
  /** The store that it is about: a file may hold several. */
  store: string;
  log: StoreLog;
}

/** A line is some hundred bytes. A longer file is written anew, with one line a key, when it is opened. */
const COMPACT_ABOVE_BYTES = 1_048_576;
/** And while it is in use, where it has grown to so many times what was left of it then. */
const GROWTH = 4;

/**
 * What a node has seen of a store, in a file beside it: a line is appended, and on the disk, before ids of its range are
 * handed out. Several processes may share the file: each writes whole lines, and reads them when it starts.
 *
 * A file that cannot be read or written is no reason to give no ids: what is remembered then ends with the process.
 */
export class FileRangeMemory implements RangeMemory {
  private readonly keys = new Map<string, KeyMemory>();
  private seenEpoch = 0n;
  private file: FileHandle | undefined;
  private writing: Promise<void> = Promise.resolve();
  private readonly waiting: string[] = [];
  private hasFailed = false;
  private compactAboveBytes = COMPACT_ABOVE_BYTES;

  private constructor(private readonly options: FileRangeMemoryOptions) {}

  static async open(options: FileRangeMemoryOptions): Promise<FileRangeMemory> {
    const memory = new FileRangeMemory(options);
    await memory.tried(() => memory.load());
    return memory;
  }

  get epoch(): bigint {
    return this.seenEpoch;
  }

  of(key: string): KeyMemory | undefined {
    return this.keys.get(key);
  }

  async note(key: string, { end }: SegmentRange, proof: StoreProof | undefined): Promise<void> {
    this.remember(key, proof?.leases ?? 0n, end, proof?.epoch ?? 0n);
    const { leases, mark } = this.keys.get(key)!;
    const { store } = this.options;
    this.waiting.push(lineOf({ store, key, leases, mark, epoch: this.seenEpoch }));
    // The first that waits writes for all who have come by the time it is its turn.
    this.writing = this.writing.then(() => this.tried(() => this.append(this.waiting.splice(0))));
    await this.writing;
  }

  async close(): Promise<void> {
    await this.writing;
    await this.file?.close();
    this.file = undefined;
  }

  private remember(key: string, leases: bigint, mark: bigint, epoch: bigint): void {
    const seen = this.keys.get(key) ?? { leases: 0n, mark: 1n };
    this.keys.set(key, { leases: highest(seen.leases, leases), mark: highest(seen.mark, mark) });
    this.seenEpoch = highest(this.seenEpoch, epoch);
  }

  private async load(): Promise<void> {
    const { path, store } = this.options;
    await mkdir(dirname(path), { recursive: true });
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      if (isMissing(error)) return '';
      throw error;
    });
    const lines = new Map<string, string>();
    for (const raw of text.split('\n')) {
      const line = parseLine(raw);
      if (!line) continue;
      if (line.store === store) this.remember(line.key, line.leases, line.mark, line.epoch);
      else lines.set(JSON.stringify([line.store, line.key]), raw);
    }
    if (text.length > this.compactAboveBytes) await this.compact([...lines.values()]);
  }

  private async compact(linesOfOthers: string[]): Promise<void> {
    const { path, store } = this.options;
    const own = [...this.keys].map(([key, { leases, mark }]) =>
      lineOf({ store, key, leases, mark, epoch: this.seenEpoch }),
    );
    const copy = `${path}.${process.pid}`;
    const text = [...linesOfOthers, ...own, ''].join('\n');
    this.compactAboveBytes = Math.max(COMPACT_ABOVE_BYTES, GROWTH * text.length);
    const file = await open(copy, 'w');
    try {
      await file.writeFile(text);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(copy, path);
  }

  private async append(lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return;
    const file = await this.current();
    // A newline before them too: what a crash left unfinished must not swallow the first.
    await file.appendFile(`\n${lines.join('\n')}\n`);
    await file.datasync();
    const { size } = await file.stat();
    if (size > this.compactAboveBytes) await this.load();
  }

  /** Another process may have put a compacted file in its place. */
  private async current(): Promise<FileHandle> {
    const { path } = this.options;
    if (this.file) {
      const [mine, there] = await Promise.all([
        this.file.stat(),
        stat(path).catch(() => undefined),
      ]);
      if (there && mine.ino === there.ino) return this.file;
      const old = this.file;
      this.file = undefined;
      await old.close();
    }
    this.file = await open(path, 'a');
    return this.file;
  }

  private async tried(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.hasFailed = false;
    } catch (err) {
      if (!this.hasFailed) {
        const { path, log } = this.options;
        const message = 'What this node has seen of its store is not kept over a restart';
        log.warn({ path, err }, message);
      }
      this.hasFailed = true;
    }
  }
}

const highest = (a: bigint, b: bigint) => (a > b ? a : b);

const isMissing = (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';
