export { ERROR_CODES, IdunError, isRetryable, type ErrorCode } from '../../contracts/src/index.js';
export { systemClock, type ClientClock } from './clock.js';
export { ClientClosedError, NotReadyError, TransportError, UnsafeIdError } from './errors.js';
export { BigintSegment } from './segment/bigint-segment.js';
export type { Lease, LeaseSource } from './segment/lease-source.port.js';
export { LeasedSegment, MAX_TAKE } from './segment/leased-segment.js';
export { NumberSegment } from './segment/number-segment.js';
export {
  DEFAULT_SEGMENT_OPTIONS,
  type CallOptions,
  type SegmentOptions,
  type SegmentPorts,
} from './segment/segment-options.js';
export { StringSegment } from './segment/string-segment.js';
