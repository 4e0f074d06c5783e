export {
  SEGMENT_MODE,
  SegmentModule,
  type SegmentMode,
  type SegmentModuleOptions,
} from './segment.module.js';
