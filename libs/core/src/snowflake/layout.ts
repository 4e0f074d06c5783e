import { IdunError, type DecodedSnowflake } from '#contracts';

/** How the 63 bits of an id are shared out, from the highest: timestamp, datacenter, worker, sequence. */
export interface SnowflakeLayout {
  readonly timestampBits: number;
  /** 0 where the layout has no datacenter id. */
  readonly datacenterBits: number;
  readonly workerBits: number;
  readonly sequenceBits: number;
}

const ID_BITS = 63;
/** Beyond it `epoch + timestamp` leaves the range of an ECMAScript date. */
const MAX_TIMESTAMP_BITS = 52;
/** Sequence and worker arithmetic stays in 32-bit integers. */
const MAX_FIELD_BITS = 22;
const MS_PER_YEAR = 365.2425 * 24 * 3_600_000;

/**
 * Reads `timestamp-worker-sequence` or `timestamp-datacenter-worker-sequence` bits, such as `41-10-12`.
 * @throws Error with a sentence that names what is wrong
 */
export function parseLayout(text: string): SnowflakeLayout {
  if (!/^\d{1,2}(-\d{1,2}){2,3}$/.test(text)) {
    throw new Error(
      `snowflake layout '${text}' must be like 41-10-12 (timestamp-worker-sequence bits) or 41-5-5-12 (with a datacenter id)`,
    );
  }
  const bits = text.split('-').map(Number);
  const sum = bits.reduce((total, each) => total + each, 0);
  if (sum !== ID_BITS) {
    throw new Error(`snowflake layout '${text}' has ${sum} bits: they must add up to ${ID_BITS}`);
  }
  const [timestampBits = 0, ...fields] = bits;
  if (timestampBits > MAX_TIMESTAMP_BITS) {
    throw new Error(
      `snowflake layout '${text}' has ${timestampBits} timestamp bits: at most ${MAX_TIMESTAMP_BITS}`,
    );
  }
  if (fields.some((each) => each < 1 || each > MAX_FIELD_BITS)) {
    throw new Error(
      `snowflake layout '${text}': each field after the timestamp must have 1 to ${MAX_FIELD_BITS} bits`,
    );
  }
  const [sequenceBits = 0, workerBits = 0, datacenterBits = 0] = fields.toReversed();
  if (datacenterBits + workerBits > MAX_FIELD_BITS) {
    throw new Error(
      `snowflake layout '${text}': datacenter and worker bits together may be at most ${MAX_FIELD_BITS}`,
    );
  }
  return { timestampBits, datacenterBits, workerBits, sequenceBits };
}

/** The first timestamp (ms since the Unix epoch) that no longer fits. */
export function endOfTimeMs(layout: SnowflakeLayout, epochMs: number): number {
  return epochMs + 2 ** layout.timestampBits;
}

/** Years from `nowMs` until the timestamp bits run out; negative once they have. */
export function yearsLeft(layout: SnowflakeLayout, epochMs: number, nowMs: number): number {
  return (endOfTimeMs(layout, epochMs) - nowMs) / MS_PER_YEAR;
}

/** What is wrong with an epoch at this time; undefined when nothing is. */
export function epochError(
  layout: SnowflakeLayout,
  epochMs: number,
  nowMs: number,
): string | undefined {
  if (epochMs > nowMs) return `snowflake epoch ${epochMs} lies in the future`;
  if (yearsLeft(layout, epochMs, nowMs) <= 0) {
    return `snowflake epoch ${epochMs} is too old: ${layout.timestampBits} timestamp bits have run out`;
  }
  return undefined;
}

/**
 * The ids of this layout's worker-id space that belong to one datacenter, as they are registered:
 * datacenter bits above worker bits, both ends included.
 */
export function workerIdRange(
  layout: SnowflakeLayout,
  datacenterId: number,
): { first: number; last: number } {
  const size = 2 ** layout.workerBits;
  return { first: datacenterId * size, last: datacenterId * size + size - 1 };
}

/** Splits an id by layout and epoch: the exact inverse of how the generator puts it together. */
export function decodeSnowflake(
  layout: SnowflakeLayout,
  epochMs: number,
  text: string,
): DecodedSnowflake {
  const id = parseId(text);
  const { datacenterBits, workerBits, sequenceBits } = layout;
  const field = (shift: number, bits: number) => Number(BigInt.asUintN(bits, id >> BigInt(shift)));
  const timestamp =
    epochMs + field(sequenceBits + workerBits + datacenterBits, layout.timestampBits);
  return {
    timestamp,
    time: new Date(timestamp).toISOString(),
    workerId: field(sequenceBits, workerBits),
    ...(datacenterBits > 0 && { datacenterId: field(sequenceBits + workerBits, datacenterBits) }),
    sequence: field(0, sequenceBits),
  };
}

function parseId(text: string): bigint {
  const id =
    typeof text === 'string' && /^(0|[1-9]\d{0,18})$/.test(text) ? BigInt(text) : undefined;
  if (id === undefined || id >> BigInt(ID_BITS) !== 0n) {
    throw new IdunError(
      'ID_INVALID',
      'An id is a decimal number from 0 to 9223372036854775807 without sign or leading zeros.',
    );
  }
  return id;
}
