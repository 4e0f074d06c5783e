import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface CallKind {
  name: string;
  /** Bound to one node over one connection: ids ascend, and each node is a series of its own. */
  isDirect: boolean;
}

/** `run.json`: what the numbers in the other files mean. */
export interface RunFile {
  seed: number;
  beginMs: number;
  endMs: number;
  nodes: number;
  spaces: readonly string[];
  /** The index of the space of snowflakes. */
  snowflakes: number;
  calls: readonly CallKind[];
  /** What the journal of the ranges calls each node, in their order. */
  holders?: readonly string[];
}

/** A line of `faults.jsonl`. */
export interface FaultEntry {
  kind: string;
  target: string;
  /** Faults of one round may overlap; between rounds everything works again. */
  round: number;
  beginMs: number;
  endMs: number;
}

/** A line of a caller's `*.errors.jsonl`: `[atMs, call, node, code, tookMs]`. `NO_ANSWER`: nothing that idun has said. */
export interface CallError {
  atMs: number;
  call: number;
  node: number;
  code: string;
  tookMs: number;
}

/** A range that the store gave, as its journal has it. */
export interface JournalEntry {
  kind: 'segment' | 'lease';
  start: string;
  end: string;
  holder: string;
  state: 'open' | 'used' | 'returned' | 'superseded';
  returnedFrom: string | null;
  /** By the store's clock, which is that of the run. */
  atMs: number;
}

/** `store.json`, where there is one: what the store held after all nodes had stopped. */
export interface StoreFile {
  keys: Record<
    string,
    { maxId: string; step?: number; free: [start: string, end: string][]; journal?: JournalEntry[] }
  >;
  /** Rewinds that the store was healed of, and changes of its server. */
  events?: { kind: string; key: string; reason: string }[];
}

export class RunFiles {
  readonly run: RunFile;
  readonly faults: FaultEntry[];

  constructor(readonly folder: string) {
    this.run = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as RunFile;
    this.faults = lines(join(folder, 'faults.jsonl')) as FaultEntry[];
  }

  get records(): string[] {
    return this.named('.ids');
  }

  get store(): StoreFile | undefined {
    const file = join(this.folder, 'store.json');
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as StoreFile) : undefined;
  }

  errors(): CallError[] {
    return this.named('.errors.jsonl').flatMap((file) =>
      lines(file).map((line) => {
        const [atMs, call, node, code, tookMs] = line as [number, number, number, string, number];
        return { atMs, call, node, code, tookMs };
      }),
    );
  }

  private named(ending: string): string[] {
    return readdirSync(this.folder)
      .filter((name) => name.endsWith(ending))
      .toSorted()
      .map((name) => join(this.folder, name));
  }
}

function lines(file: string): unknown[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}
