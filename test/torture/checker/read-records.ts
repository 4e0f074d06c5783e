import { closeSync, openSync, readSync } from 'node:fs';

export const RECORD_BYTES = 32;
const RECORDS_AT_ONCE = 65_536;

/** One run of ids that follow one another, as a caller wrote it down: see callers/record-writer.ts. */
export interface IdRun {
  first: bigint;
  count: number;
  sequence: number;
  /** When the ids had been received, in ms since 1970. */
  atMs: number;
  connection: number;
  node: number;
  space: number;
  call: number;
  process: number;
}

export function runAt(bytes: Buffer, at: number): IdRun {
  return {
    first: bytes.readBigUInt64LE(at),
    count: bytes.readUInt32LE(at + 8),
    sequence: bytes.readUInt32LE(at + 12),
    atMs: bytes.readDoubleLE(at + 16),
    connection: bytes.readUInt32LE(at + 24),
    node: bytes.readUInt8(at + 28),
    space: bytes.readUInt8(at + 29),
    call: bytes.readUInt8(at + 30),
    process: bytes.readUInt8(at + 31),
  };
}

/** The file's bytes in pieces of whole records; each is overwritten by the next. Throws where the file ends within a record. */
export function* recordBlocks(file: string, records = RECORDS_AT_ONCE): Generator<Buffer> {
  const buffer = Buffer.alloc(records * RECORD_BYTES);
  const fd = openSync(file, 'r');
  try {
    for (;;) {
      const length = fill(fd, buffer);
      if (length % RECORD_BYTES > 0) throw new Error(`${file} ends within a record`);
      if (length === 0) return;
      yield buffer.subarray(0, length);
    }
  } finally {
    closeSync(fd);
  }
}

export function* runsOf(file: string, records?: number): Generator<IdRun> {
  for (const block of recordBlocks(file, records)) {
    for (let at = 0; at < block.length; at += RECORD_BYTES) yield runAt(block, at);
  }
}

function fill(fd: number, buffer: Buffer): number {
  let length = 0;
  while (length < buffer.length) {
    const read = readSync(fd, buffer, length, buffer.length - length, null);
    if (read === 0) break;
    length += read;
  }
  return length;
}
