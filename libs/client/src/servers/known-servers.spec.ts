import { beforeEach, describe, expect, it } from 'vitest';
import { HOLD_MS, KnownServers } from './known-servers.js';
import type { Server } from './server.js';

const a: Server = { host: '192.0.2.1', port: 8080, weight: 1 };
const b: Server = { host: '192.0.2.2', port: 8080, weight: 1 };
const c: Server = { host: '192.0.2.3', port: 8080, weight: 1 };

let known: KnownServers;
beforeEach(() => void (known = new KnownServers()));

it('believes the first list, also an empty one', () => {
  expect(known.update([], 0)).toEqual([]);
  expect(known.update([a], 1)).toEqual([a]);
});

it('lets a server go at once while others are listed', () => {
  known.update([a, b], 0);
  expect(known.update([b], 1)).toEqual([b]);
});

describe('an empty list after another', () => {
  it('is believed only when nothing else was listed for long', () => {
    known.update([a, b], 0);
    expect(known.update([], 1_000)).toEqual([a, b]);
    expect(known.update([], 1_000 + HOLD_MS - 1)).toEqual([a, b]);
    expect(known.update([], 1_000 + HOLD_MS)).toEqual([]);
  });

  it('leaves what was known until all of it is listed again', () => {
    known.update([a, b], 0);
    known.update([], 1);
    const heavier = { ...b, weight: 2 };
    expect(known.update([heavier], 2)).toEqual([a, heavier]);
    expect(known.update([a, heavier], 3)).toEqual([a, heavier]);
    expect(known.update([a], 4)).toEqual([a]);
  });
});

describe('after Nacos was away', () => {
  beforeEach(() => {
    known.update([a, b], 0);
    known.doubt();
  });

  it('what is missing from the first list stays for long', () => {
    expect(known.update([c], 1_000)).toEqual([a, b, c]);
    expect(known.update([c, b], 999 + HOLD_MS)).toEqual([a, b, c]);
    expect(known.update([c, b], 1_000 + HOLD_MS)).toEqual([b, c]);
  });

  it('what was listed since goes at once', () => {
    known.update([a, b], 1);
    expect(known.update([b], 2)).toEqual([b]);
  });

  it('and away again, what was kept is kept for as long again', () => {
    known.update([], 1_000);
    known.doubt();
    expect(known.update([], 10 * HOLD_MS)).toEqual([a, b]);
    expect(known.update([], 11 * HOLD_MS)).toEqual([]);
  });
});
