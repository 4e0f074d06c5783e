import { expect, it } from 'vitest';
import type { JournalAnswer, JournalEvent, JournalRange } from '#core';
import { journalReport } from './journal-report.js';

const AT = Date.UTC(2026, 10, 22, 9);
const TIME = '2026-11-22T09:00:00.000Z';

const range = (more: Partial<JournalRange> = {}): JournalRange => ({
  start: 1n,
  end: 101n,
  kind: 'segment',
  holder: 'a:8080',
  leasedAtMs: AT,
  state: 'open',
  ...more,
});
const event = (more: Partial<JournalEvent> = {}): JournalEvent => ({
  kind: 'rewind',
  start: 1n,
  end: 200n,
  holder: 'b:8080',
  reason: 'r',
  atMs: AT,
  ...more,
});
const answer = (more: Partial<JournalAnswer>, id = 57n) =>
  journalReport('order', id, {
    ranges: [],
    events: [],
    recordedSinceMs: AT,
    maxId: 101n,
    ...more,
  }).answer;

it.each<[string, Partial<JournalAnswer>]>([
  [
    `In the buffer of a:8080 since ${TIME}: given out, still to be given, or lost`,
    { ranges: [range()] },
  ],
  [
    `In a segment of a:8080 since ${TIME}: given out, or lost`,
    { ranges: [range({ state: 'used' })] },
  ],
  ['it came back unused', { ranges: [range({ state: 'returned', returnedFrom: 57n })] }],
  ['given out, or lost', { ranges: [range({ state: 'returned', returnedFrom: 58n })] }],
  [
    `Leased to a caller by a:8080 at ${TIME}, lease l-1: whether that caller has used it is not known`,
    { ranges: [range({ kind: 'lease', leaseId: 'l-1' })] },
  ],
  [
    'lease l-1: it came back unused',
    { ranges: [range({ kind: 'lease', leaseId: 'l-1', state: 'returned', returnedFrom: 2n })] },
  ],
  ['In the buffer of a:8080', { ranges: [range({ holder: 'c', state: 'superseded' }), range()] }],
  ['Who had it before is not recorded.', { ranges: [range({ state: 'superseded' })] }],
  ['Not recorded: the journal is off', { recordedSinceMs: undefined }],
  [`Not recorded: it was given before ${TIME}`, {}],
  ['Not given yet by the store: the key stands at 40.', { maxId: 40n }],
  [
    `At ${TIME} b:8080 found that the store had gone back in time: what was given from 1 to before 200 is unsure.`,
    { ranges: [range()], events: [event()] },
  ],
  [
    `At ${TIME} alice moved the key from 1 to 200.`,
    { events: [event({ kind: 'advance', holder: 'alice' })] },
  ],
  ["another server in the store's place", { events: [event({ kind: 'server' })] }],
])('says %j', (part, found) => expect(answer(found)).toContain(part));

it('shows ids as strings and times in ISO 8601', () => {
  const found = {
    ranges: [
      range({
        start: 2n ** 60n,
        end: 2n ** 60n + 9n,
        state: 'returned',
        returnedFrom: 2n ** 60n + 3n,
      }),
    ],
    events: [event({ start: 5n, end: 9n })],
    recordedSinceMs: AT,
    maxId: 2n ** 61n,
  };
  expect(journalReport('order', 2n ** 60n + 1n, found)).toMatchObject({
    id: '1152921504606846977',
    key: 'order',
    ranges: [
      {
        start: '1152921504606846976',
        end: '1152921504606846985',
        kind: 'segment',
        holder: 'a:8080',
        leaseId: null,
        leasedAt: TIME,
        state: 'returned',
        returnedFrom: '1152921504606846979',
      },
    ],
    events: [{ kind: 'rewind', start: '5', end: '9', holder: 'b:8080', reason: 'r', at: TIME }],
  });
});
