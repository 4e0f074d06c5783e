import type { JournalAnswer, JournalEvent, JournalRange } from '#core';

export interface JournalReport {
  id: string;
  key: string;
  /** The newest first, as the events. `end` is exclusive. */
  ranges: {
    start: string;
    end: string;
    kind: JournalRange['kind'];
    holder: string;
    leaseId: string | null;
    /** ISO 8601, by the store's clock. */
    leasedAt: string;
    state: JournalRange['state'];
    returnedFrom: string | null;
  }[];
  events: {
    kind: JournalEvent['kind'];
    start: string;
    end: string;
    holder: string;
    reason: string;
    at: string;
  }[];
  /** All of it in plain words, and no more than is known. */
  answer: string;
}

export function journalReport(key: string, id: bigint, found: JournalAnswer): JournalReport {
  return {
    id: id.toString(),
    key,
    ranges: found.ranges.map((range) => ({
      start: range.start.toString(),
      end: range.end.toString(),
      kind: range.kind,
      holder: range.holder,
      leaseId: range.leaseId ?? null,
      leasedAt: iso(range.leasedAtMs),
      state: range.state,
      returnedFrom: range.returnedFrom?.toString() ?? null,
    })),
    events: found.events.map(({ kind, start, end, holder, reason, atMs }) => ({
      kind,
      start: start.toString(),
      end: end.toString(),
      holder,
      reason,
      at: iso(atMs),
    })),
    answer: [whoHasIt(id, found), ...found.events.map(sentenceOf)].join(' '),
  };
}

function whoHasIt(id: bigint, { ranges, recordedSinceMs, maxId }: JournalAnswer): string {
  const valid = ranges.find(({ state }) => state !== 'superseded');
  if (valid) return given(id, valid);
  const [superseded] = ranges;
  if (superseded) {
    const { holder, leasedAtMs } = superseded;
    return `The store gave it to ${holder} at ${iso(leasedAtMs)} when it had gone back in time; ${holder} handed out none of that range. Who had it before is not recorded.`;
  }
  if (maxId !== undefined && id >= maxId) {
    return `Not given yet by the store: the key stands at ${maxId}.`;
  }
  return recordedSinceMs === undefined
    ? 'Not recorded: the journal is off, or was at some time since.'
    : `Not recorded: it was given before ${iso(recordedSinceMs)}, since when every range is recorded, or longer ago than is kept, or passed over.`;
}

function given(id: bigint, range: JournalRange): string {
  const { kind, holder, leaseId, leasedAtMs, state, returnedFrom } = range;
  const when = iso(leasedAtMs);
  const isReturned = state === 'returned' && returnedFrom !== undefined && returnedFrom <= id;
  const back = 'it came back unused, and nobody is recorded who got it since.';
  if (kind === 'lease') {
    const lease = `Leased to a caller by ${holder} at ${when}, lease ${leaseId ?? 'unknown'}`;
    return isReturned
      ? `${lease}: ${back}`
      : `${lease}: whether that caller has used it is not known here.`;
  }
  if (isReturned) return `In a segment of ${holder} since ${when}: ${back}`;
  return state === 'open'
    ? `In the buffer of ${holder} since ${when}: given out, still to be given, or lost if that node has crashed.`
    : `In a segment of ${holder} since ${when}: given out, or lost with that node.`;
}

function sentenceOf({ kind, start, end, holder, atMs }: JournalEvent): string {
  const found = `At ${iso(atMs)} ${holder}`;
  if (kind === 'advance') return `${found} moved the key from ${start} to ${end}.`;
  const what =
    kind === 'rewind'
      ? 'that the store had gone back in time'
      : "another server in the store's place";
  return `${found} found ${what}: what was given from ${start} to before ${end} is unsure.`;
}

const iso = (ms: number): string => new Date(ms).toISOString();
