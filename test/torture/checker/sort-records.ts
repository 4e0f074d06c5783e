import { appendFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RECORD_BYTES, recordBlocks, runsOf, type IdRun } from './read-records.js';

/** 128 MB, and as much again while a piece is sorted: 100 million records need 3.2 GB of disk, and less than 1 GB of memory. */
const PIECE_RECORDS = 4_000_000;
const MERGED_RECORDS = 8_192;
const DIGIT = 65_536;
const WORDS = RECORD_BYTES / 4;
const HALVES = RECORD_BYTES / 2;
/** The id's 16-bit halves from the lowest on, then the space: where they stand, and how far to the left. */
const DIGITS = [
  [0, 0],
  [1, 0],
  [2, 0],
  [3, 0],
  [14, 8],
] as const;

/** The runs of all files by space, then by first id. Sorts pieces into files of `folder`, which are gone at the end, and merges them. */
export function* sortedRuns(
  files: readonly string[],
  folder: string,
  pieceRecords = PIECE_RECORDS,
): Generator<IdRun> {
  const place = mkdtempSync(join(folder, 'sorted-'));
  try {
    yield* merge(writePieces(files, place, pieceRecords));
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

function writePieces(files: readonly string[], place: string, pieceRecords: number): string[] {
  const all = files.reduce((sum, file) => sum + statSync(file).size, 0);
  const piece = Buffer.alloc(Math.min(all, pieceRecords * RECORD_BYTES));
  const pieces: string[] = [];
  let used = 0;
  const end = () => {
    const file = join(place, String(pieces.length));
    writeSorted(file, piece.subarray(0, used));
    pieces.push(file);
    used = 0;
  };
  for (const file of files) {
    for (const block of recordBlocks(file, Math.min(pieceRecords, DIGIT))) {
      if (used + block.length > piece.length) end();
      block.copy(piece, used);
      used += block.length;
    }
  }
  if (used > 0) end();
  return pieces;
}

function writeSorted(file: string, piece: Buffer): void {
  writeFileSync(file, '');
  const order = sortedOrder(piece);
  const words = new Uint32Array(piece.buffer, piece.byteOffset, piece.length / 4);
  const out = new Uint32Array((Math.min(DIGIT, order.length) * RECORD_BYTES) / 4);
  let used = 0;
  const end = () => {
    appendFileSync(file, Buffer.from(out.buffer, 0, used * 4));
    used = 0;
  };
  for (const index of order) {
    const from = index * WORDS;
    for (let word = from; word < from + WORDS; word++) out[used++] = words[word]!;
    if (used === out.length) end();
  }
  end();
}

/** Radix sort from the lowest 16 bits of the id up to the space: no comparisons, and stable. */
function sortedOrder(piece: Buffer): Uint32Array {
  const halves = new Uint16Array(piece.buffer, piece.byteOffset, piece.length / 2);
  const count = piece.length / RECORD_BYTES;
  let order = Uint32Array.from({ length: count }, (_, index) => index);
  let other = new Uint32Array(count);
  for (const [at, shift] of DIGITS) {
    const starts = new Uint32Array(DIGIT + 1);
    for (let half = at; half < halves.length; half += HALVES)
      starts[(halves[half]! >> shift) + 1]!++;
    for (let value = 0; value < DIGIT; value++) starts[value + 1]! += starts[value]!;
    for (const index of order) {
      const digit = halves[index * HALVES + at]! >> shift;
      other[starts[digit]!++] = index;
    }
    [order, other] = [other, order];
  }
  return order;
}

function* merge(pieces: readonly string[]): Generator<IdRun> {
  let heads = pieces
    .map((file) => ({ rest: runsOf(file, MERGED_RECORDS), run: undefined as unknown as IdRun }))
    .filter(advance);
  while (heads.length > 0) {
    let least = heads[0]!;
    for (const head of heads) if (isBefore(head.run, least.run)) least = head;
    yield least.run;
    if (!advance(least)) heads = heads.filter((head) => head !== least);
  }
}

function advance(head: { rest: Generator<IdRun>; run: IdRun }): boolean {
  const { done, value } = head.rest.next() as IteratorResult<IdRun, undefined>;
  // oxlint-disable-next-line no-param-reassign -- the head of a piece is what moves
  if (!done) head.run = value;
  return !done;
}

const isBefore = (a: IdRun, b: IdRun) =>
  a.space < b.space || (a.space === b.space && a.first < b.first);
