import { expect, it } from 'vitest';
import { checkErrors } from './checker/errors.js';
import { recoveryByKind, roundsOf } from './checker/recovery.js';
import type { CallError, FaultEntry } from './checker/run-files.js';
import { Timeline } from './checker/timeline.js';
import { BEGIN_MS, RUN } from './torture-checker.fixture.js';

const at = (seconds: number) => BEGIN_MS + seconds * 1_000;

const fault = (kind: string, round: number, begin: number, end: number): FaultEntry => ({
  kind,
  target: 'it',
  round,
  beginMs: at(begin),
  endMs: at(end),
});

/** All kinds succeed ten times a second, but for one of them in some seconds. */
function timeline(silentFrom: number, silentUntil: number): Timeline {
  const line = new Timeline(RUN);
  for (let tenth = 0; tenth < 600; tenth++) {
    const second = tenth / 10;
    for (const node of [1, 2]) line.succeeded(0, node, at(second), 1);
    if (second < silentFrom || second >= silentUntil) line.succeeded(1, 0, at(second), 1);
  }
  return line;
}

it('measures from the end of the last fault of a round until every kind succeeds', () => {
  const rounds = roundsOf(
    [fault('kill', 1, 10, 12), fault('pause', 1, 11, 15), fault('pause', 2, 40, 41)],
    timeline(10, 18),
  );
  expect(rounds.map(({ recoveredMs, endMs }) => recoveredMs! - endMs)).toEqual([3_000, 0]);
  expect(recoveryByKind(rounds)).toMatchObject([
    { kind: 'kill', faults: 1, measured: 0 },
    { kind: 'pause', faults: 2, measured: 2 },
  ]);
});

it('finds no recovery where a kind fails in each quarter of a second', () => {
  const line = timeline(0, 0);
  for (let second = 12; second < 60; second += 0.2) line.failed(0, 2, at(second));
  expect(roundsOf([fault('kill', 1, 10, 12)], line)[0]?.recoveredMs).toBeUndefined();
});

it('finds none that takes longer than 30 s', () => {
  const rounds = roundsOf([fault('kill', 1, 10, 12)], timeline(10, 43));
  expect(rounds[0]?.recoveredMs).toBeUndefined();
});

const error = (second: number, code: string, tookMs = 10): CallError => ({
  atMs: at(second),
  call: 0,
  node: 1,
  code,
  tookMs,
});

function unexpected(kind: string, ...errors: CallError[]): string[] {
  const rounds = roundsOf([fault(kind, 1, 10, 12)], timeline(10, 13));
  return checkErrors(errors, rounds, at(0)).unexpected.map(({ code }) => code);
}

it('allows no answer only while something is broken', () => {
  expect(unexpected('node kill', error(11, 'NO_ANSWER'), error(12.5, 'NO_ANSWER'))).toEqual([]);
  expect(unexpected('node kill', error(9, 'NO_ANSWER'))).toEqual(['NO_ANSWER']);
  expect(unexpected('node kill', error(30, 'NO_ANSWER', 2_000))).toEqual(['NO_ANSWER']);
  expect(unexpected('node kill', error(17, 'NO_ANSWER', 2_000))).toEqual([]);
});

it('allows codes that say: try again, and no others', () => {
  expect(unexpected('node kill', error(30, 'SEGMENT_NOT_READY'))).toEqual([]);
  expect(unexpected('node kill', error(11, 'INTERNAL'))).toEqual(['INTERNAL']);
  expect(unexpected('node kill', error(11, 'KEY_NOT_FOUND'))).toEqual(['KEY_NOT_FOUND']);
});

it('allows a lease not to be found only after a rewind', () => {
  expect(unexpected('node kill', error(11, 'LEASE_NOT_FOUND'))).toEqual(['LEASE_NOT_FOUND']);
  expect(
    unexpected('rewind of the rows', error(9, 'LEASE_NOT_FOUND'), error(11, 'LEASE_NOT_FOUND')),
  ).toEqual(['LEASE_NOT_FOUND']);
});
