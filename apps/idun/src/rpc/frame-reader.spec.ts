import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { FrameError, FrameReader } from './frame-reader.js';

const frame = (text: string) => `${text.length}#${text}`;

function readAll(reader: FrameReader, ...chunks: (string | Buffer)[]): string[] {
  const frames: string[] = [];
  for (const chunk of chunks) {
    reader.push(Buffer.from(chunk));
    for (let next = reader.next(); next !== undefined; next = reader.next()) frames.push(next);
  }
  return frames;
}

/** Splits at the given places, wherever they fall within characters. */
function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length];
  const sorted = places.toSorted((a, b) => a - b);
  return sorted.slice(1).map((end, i) => bytes.subarray(sorted[i], end));
}

describe('FrameReader', () => {
  it('gives the same frames however the bytes are cut', () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
    const texts = fc.array(text, { maxLength: 20 });
    fc.assert(
      fc.property(texts, fc.array(fc.nat(), { maxLength: 30 }), (expected, cuts) => {
        const reader = new FrameReader(1_000);
        const bytes = Buffer.from(expected.map(frame).join(''));
        expect(readAll(reader, ...split(bytes, cuts))).toEqual(expected);
        expect(reader.hasIncompleteFrame).toBe(false);
        expect(reader.completed).toBe(expected.length);
      }),
    );
  });

  it('never gives anything but what the lengths announce, whatever comes', () => {
    const noise = fc.array(fc.oneof(fc.string(), fc.constant('3#abc'), fc.constant('#')));
    fc.assert(
      fc.property(noise, fc.array(fc.nat()), (parts, cuts) => {
        const reader = new FrameReader(20);
        const bytes = Buffer.from(parts.join(''));
        let frames: string[] = [];
        try {
          frames = readAll(reader, ...split(bytes, cuts));
        } catch (error) {
          if (!(error instanceof FrameError)) throw error;
        }
        expect(bytes.toString().startsWith(frames.map(frame).join(''))).toBe(true);
      }),
    );
  });

  it.each([
    ' 12#x',
    '12 #x',
    '+1#x',
    '-1#x',
    '1e1#x',
    '10e3#x',
    '0x1#x',
    '1.0#x',
    ' 12abc#x',
    '#x',
    '0#',
    '01#x',
    '１#x',
    'GET / HTTP/1.1\r\n',
    '{"pattern":"x"}',
    '\uFEFF1#x',
  ])('refuses the length of %j', (bytes) => {
    expect(() => readAll(new FrameReader(100), bytes)).toThrow(FrameError);
  });

  it.each(['101#', '9999999999#', '101', '99999999999999999999999999'])(
    'refuses a frame over the limit by its length alone: %s',
    (bytes) => {
      expect(() => readAll(new FrameReader(100), bytes)).toThrow('too long');
    },
  );

  it('takes a frame of exactly the limit', () => {
    const text = 'x'.repeat(100);
    expect(readAll(new FrameReader(100), frame(text))).toEqual([text]);
  });

  it('tells that a frame is incomplete', () => {
    const reader = new FrameReader(100);
    expect(reader.hasIncompleteFrame).toBe(false);
    expect(readAll(reader, '1')).toEqual([]);
    expect(reader.hasIncompleteFrame).toBe(true);
    expect(readAll(reader, '#')).toEqual([]);
    expect(reader.hasIncompleteFrame).toBe(true);
    expect(readAll(reader, 'x')).toEqual(['x']);
    expect(reader.hasIncompleteFrame).toBe(false);
    expect(readAll(reader, Buffer.from([0xe4]))).toEqual([]);
    expect(reader.hasIncompleteFrame).toBe(true);
  });

  it('stays quick with a large frame that comes byte by byte', () => {
    const reader = new FrameReader(1_000_000);
    const startedAt = performance.now();
    readAll(reader, '200000#');
    for (let i = 1; i < 200_000; i++) readAll(reader, 'x');
    expect(readAll(reader, 'x')[0]).toHaveLength(200_000);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});
