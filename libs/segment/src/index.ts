export {
  SEGMENT_LEASES,
  SEGMENT_MODE,
  SegmentModule,
  type SegmentLeases,
  type SegmentMode,
  type SegmentModuleOptions,
} from './segment.module.js';
