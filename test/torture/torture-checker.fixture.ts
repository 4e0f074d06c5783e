import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { FaultEntry, RunFile, StoreFile } from './checker/run-files.js';
import { RecordWriter } from './callers/record-writer.js';

export const BEGIN_MS = 1_800_000_000_000;

export const RUN: RunFile = {
  seed: 1,
  beginMs: BEGIN_MS,
  endMs: BEGIN_MS + 60_000,
  nodes: 2,
  spaces: ['hot', 'cold', 'snowflake'],
  snowflakes: 2,
  calls: [
    { name: 'direct', isDirect: true },
    { name: 'batch', isDirect: false },
  ],
};

export const HOT = { connection: 1, node: 1, space: 0, call: 0 };

/** A folder as a run leaves it, gone after the test. */
export function runFolder(
  faults: FaultEntry[] = [],
  errors: unknown[][] = [],
  store?: StoreFile,
): string {
  const folder = mkdtempSync(join(tmpdir(), 'idun-torture-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'run.json'), JSON.stringify(RUN));
  const lines = (all: unknown[]) => all.map((line) => `${JSON.stringify(line)}\n`).join('');
  writeFileSync(join(folder, 'faults.jsonl'), lines(faults));
  writeFileSync(join(folder, 'a.errors.jsonl'), lines(errors));
  if (store) writeFileSync(join(folder, 'store.json'), JSON.stringify(store));
  return folder;
}

export function writer(folder: string, process: number): RecordWriter {
  return new RecordWriter(join(folder, `${process}.ids`), process);
}
