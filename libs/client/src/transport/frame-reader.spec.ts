import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameReader } from './frame-reader.js';

const frame = (text: string) => `${text.length}#${text}`;

function readAll(chunks: readonly Buffer[], maxLength = 1_000): string[] {
  const reader = new FrameReader(maxLength);
  const texts: string[] = [];
  for (const chunk of chunks) reader.read(chunk, (text) => texts.push(text));
  return texts;
}

/** At the given places, wherever they fall within characters. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const all = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length];
  const sorted = all.toSorted((a, b) => a - b);
  return sorted.slice(1).map((end, i) => bytes.subarray(sorted[i], end));
}

describe('FrameReader', () => {
  const texts = fc.array(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }));

  it('gives the same texts however the bytes are cut', () => {
    fc.assert(
      fc.property(texts, fc.array(fc.nat()), (expected, places) => {
        const bytes = Buffer.from(expected.map(frame).join(''));
        expect(readAll(cut(bytes, places))).toEqual(expected);
      }),
    );
  });

  it('gives them byte by byte', () => {
    fc.assert(
      fc.property(texts, (expected) => {
        const bytes = Buffer.from(expected.map(frame).join(''));
        expect(readAll([...bytes].map((byte) => Buffer.of(byte)))).toEqual(expected);
      }),
    );
  });

  it('gives nothing but what the lengths announce, whatever comes', () => {
    const noise = fc.array(fc.oneof(fc.string(), fc.constant('3#abc'), fc.constant('#')));
    fc.assert(
      fc.property(noise, fc.array(fc.nat()), (parts, places) => {
        const bytes = Buffer.from(parts.join(''));
        const reader = new FrameReader(20);
        const given: string[] = [];
        try {
          for (const chunk of cut(bytes, places)) reader.read(chunk, (text) => given.push(text));
        } catch (error) {
          expect(String(error)).toMatch(/no length of a frame|a frame of more than 20/);
        }
        expect(bytes.toString().startsWith(given.map(frame).join(''))).toBe(true);
      }),
    );
  });

  it.each([
    ' 12#x',
    '+1#x',
    '-1#x',
    '1e1#x',
    '0x1#x',
    '1.0#x',
    '#x',
    '0#',
    '01#x',
    '１#x',
    '\uFEFF1#x',
  ])('refuses the length of %j', (bytes) => {
    expect(() => readAll([Buffer.from(bytes)])).toThrow('no length of a frame');
  });

  it.each(['101#', '9999999999', '101', '9'.repeat(400)])(
    'refuses a frame over the limit by its length alone: %s',
    (bytes) => {
      expect(() => readAll([Buffer.from(bytes)], 100)).toThrow('more than 100');
    },
  );

  it('takes a frame of exactly the limit', () => {
    const text = 'x'.repeat(100);
    expect(readAll([Buffer.from(frame(text))], 100)).toEqual([text]);
  });

  it('reads a large frame in small pieces without copying it each time', () => {
    const text = 'é'.repeat(500_000);
    const bytes = Buffer.from(frame(text));
    const pieces = cut(
      bytes,
      Array.from({ length: 100_000 }, (_, i) => i * 10),
    );
    const begin = performance.now();
    expect(readAll(pieces, 1_000_000)).toEqual([text]);
    expect(performance.now() - begin).toBeLessThan(5_000);
  });
});
