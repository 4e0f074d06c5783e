/**
 * What every giver of ids offers, a local generator and a remote client alike.
 *
 * Ids are decimal strings of positive 63-bit integers: a JSON number would lose bits above 2^53.
 * `count` is an integer from 1 to {@link MAX_COUNT}. Failures are `IdunError`s.
 */
export interface SegmentIds {
  /** One id of the counter `key`, greater than every id given before for that key on the same node. */
  getSegmentId(key: string): Promise<string>;
  /** `count` ids of the counter `key`, ascending; not contiguous where a segment ended in between. */
  getSegmentIds(key: string, count: number): Promise<string[]>;
}

export interface SnowflakeIds {
  /** One id of this node's worker id; `key` labels the caller and need not exist. */
  getSnowflakeId(key: string): Promise<string>;
  /** `count` ids, ascending. */
  getSnowflakeIds(key: string, count: number): Promise<string[]>;
  /** Takes an id apart by the layout and epoch of the node that is asked. */
  decodeSnowflakeId(id: string): Promise<DecodedSnowflake>;
}

export interface DecodedSnowflake {
  /** Milliseconds since the Unix epoch. */
  timestamp: number;
  /** The same instant in ISO 8601, UTC. */
  time: string;
  workerId: number;
  /** Only where the layout has datacenter bits. */
  datacenterId?: number;
  sequence: number;
}

export const MAX_COUNT = 10_000;

/** Ranges that a caller hands out by itself. Over the wire they are as here. */
export interface RangeLeases {
  /**
   * `size` contiguous ids of the counter `key`. Calls with the same `key` and `requestId`, 1 to 255 printable
   * ASCII characters without a blank at the ends, get the same range, from whichever node. No order between leases
   * is promised.
   */
  leaseRange(key: string, size: number, requestId?: string): Promise<RangeLease>;
  /** Gives back the ids of a lease from `from` on. Once, after the last of them was handed out. */
  returnRange(leaseId: string, from: string): Promise<ReturnedRange>;
}

export interface RangeLease {
  key: string;
  /** The first id. */
  start: string;
  /** Exclusive. */
  end: string;
  /** Names the lease when it is given back. */
  leaseId: string;
}

export interface ReturnedRange {
  /** How many ids will be given again. */
  returned: number;
}
