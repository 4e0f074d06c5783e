import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeSnowflake,
  endOfTimeMs,
  epochError,
  parseLayout,
  workerIdRange,
  yearsLeft,
} from './layout.js';

const TWITTER_EPOCH = 1_288_834_974_657;

describe('parseLayout', () => {
  it('reads the default layout', () => {
    expect(parseLayout('41-10-12')).toEqual({
      timestampBits: 41,
      datacenterBits: 0,
      workerBits: 10,
      sequenceBits: 12,
    });
  });

  it('reads a layout with a datacenter id', () => {
    expect(parseLayout('41-5-5-12')).toMatchObject({ datacenterBits: 5, workerBits: 5 });
  });

  it.each([
    ['41-10-13', /64 bits: they must add up to 63/],
    ['41-10', /must be like/],
    ['41-10-12-', /must be like/],
    ['41- 10-12', /must be like/],
    ['-41-10-12', /must be like/],
    ['53-5-5', /at most 52/],
    ['41-0-22', /1 to 22 bits/],
    ['39-1-23', /1 to 22 bits/],
    ['30-20-10-3', /together/],
  ])('refuses %s', (text, message) => {
    expect(() => parseLayout(text)).toThrow(message);
  });
});

describe('time', () => {
  const layout = parseLayout('41-10-12');

  it('knows how many years are left', () => {
    expect(yearsLeft(layout, TWITTER_EPOCH, Date.UTC(2026, 0, 1))).toBeCloseTo(54.5, 0);
  });

  it('refuses an epoch in the future and one that has run out', () => {
    expect(epochError(layout, 2_000, 1_000)).toMatch(/future/);
    expect(epochError(layout, 0, endOfTimeMs(layout, 0))).toMatch(/run out/);
    expect(epochError(layout, TWITTER_EPOCH, Date.UTC(2026, 0, 1))).toBeUndefined();
  });
});

describe('workerIdRange', () => {
  it('gives each datacenter its own part of the space', () => {
    const layout = parseLayout('41-5-5-12');
    expect(workerIdRange(layout, 0)).toEqual({ first: 0, last: 31 });
    expect(workerIdRange(layout, 31)).toEqual({ first: 992, last: 1023 });
  });
});

describe('decodeSnowflake', () => {
  const layouts = fc
    .tuple(
      fc.integer({ min: 30, max: 52 }),
      fc.integer({ min: 0, max: 10 }),
      fc.integer({ min: 1, max: 11 }),
    )
    .map(([timestamp, datacenter, worker]) => ({
      timestampBits: timestamp,
      datacenterBits: datacenter,
      workerBits: worker,
      sequenceBits: 63 - timestamp - datacenter - worker,
    }))
    .filter(({ sequenceBits }) => sequenceBits >= 1 && sequenceBits <= 22);
  const fraction = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });

  it('is the exact inverse of composing, for every layout', () => {
    fc.assert(
      fc.property(layouts, fc.tuple(fraction, fraction, fraction, fraction), (layout, at) => {
        const pick = (bits: number, part: number) => Math.floor(part * 2 ** bits);
        const timestamp = pick(layout.timestampBits, at[0]);
        const datacenterId = pick(layout.datacenterBits, at[1]);
        const workerId = pick(layout.workerBits, at[2]);
        const sequence = pick(layout.sequenceBits, at[3]);
        let id = BigInt(timestamp);
        id = (id << BigInt(layout.datacenterBits)) | BigInt(datacenterId);
        id = (id << BigInt(layout.workerBits)) | BigInt(workerId);
        id = (id << BigInt(layout.sequenceBits)) | BigInt(sequence);
        expect(decodeSnowflake(layout, TWITTER_EPOCH, String(id))).toEqual({
          timestamp: TWITTER_EPOCH + timestamp,
          time: new Date(TWITTER_EPOCH + timestamp).toISOString(),
          workerId,
          ...(layout.datacenterBits > 0 && { datacenterId }),
          sequence,
        });
      }),
    );
  });

  it.each(['', '-1', '01', '1e3', ' 1', '9223372036854775808', 'abc', '1'.repeat(30)])(
    'refuses %j',
    (text) => {
      expect(() => decodeSnowflake(parseLayout('41-10-12'), 0, text)).toThrow(
        expect.objectContaining({ code: 'ID_INVALID' }),
      );
    },
  );
});
