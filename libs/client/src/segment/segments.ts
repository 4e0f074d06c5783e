import { assertKey } from '../../../contracts/src/index.js';
import { BigintSegment } from './bigint-segment.js';
import type { LeasedSegment } from './leased-segment.js';
import { NumberSegment } from './number-segment.js';
import { withDefaults, type SegmentOptions, type SegmentPorts } from './segment-options.js';
import { StringSegment } from './string-segment.js';

/** How ids are given: by what `as` says, `bigint` unless set. */
export interface SegmentKinds {
  bigint: BigintSegment;
  number: NumberSegment;
  string: StringSegment;
}

export type IdKind = keyof SegmentKinds;

const KINDS: { readonly [K in IdKind]: new (...args: SegmentArgs) => SegmentKinds[K] } = {
  bigint: BigintSegment,
  number: NumberSegment,
  string: StringSegment,
};

type SegmentArgs = [key: string, options: Partial<SegmentOptions>, ports: SegmentPorts];

interface InUse {
  readonly kind: IdKind;
  readonly options: SegmentOptions;
  readonly segment: LeasedSegment<unknown>;
}

/** One segment for each key and kind, so that all parts of a program share its leases. */
export class Segments {
  private readonly inUse = new Map<string, InUse>();

  constructor(
    private readonly defaults: SegmentOptions,
    private readonly portsOf: (key: string, kind: IdKind) => SegmentPorts,
  ) {}

  /** @throws `KEY_INVALID`, and a `TypeError` for an option that differs from the one in use. */
  get<K extends IdKind>(key: string, kind: K, options: Partial<SegmentOptions>): SegmentKinds[K] {
    assertKey(key);
    const name = `${kind} ${key}`;
    const known = this.inUse.get(name);
    if (known) {
      assertSame(known, options);
      return known.segment as SegmentKinds[K];
    }
    const all = withDefaults(options, this.defaults);
    const segment = new KINDS[kind](key, all, this.portsOf(key, kind));
    this.inUse.set(name, { kind, options: all, segment });
    return segment;
  }

  *remaining(): Iterable<{ key: string; kind: IdKind; count: number }> {
    for (const { kind, segment } of this.inUse.values()) {
      yield { key: segment.key, kind, count: segment.available };
    }
  }

  /** Never rejects. */
  async close(): Promise<void> {
    const segments = [...this.inUse.values()].map(({ segment }) => segment);
    await Promise.all(segments.map((segment) => segment.close()));
  }
}

function assertSame({ segment, options }: InUse, wanted: Partial<SegmentOptions>): void {
  for (const [name, value] of Object.entries(wanted)) {
    const used = options[name as keyof SegmentOptions];
    if (value === undefined || value === used) continue;
    throw new TypeError(
      `The segment of '${segment.key}' is in use with ${name} ${used}: another value needs another client.`,
    );
  }
}
