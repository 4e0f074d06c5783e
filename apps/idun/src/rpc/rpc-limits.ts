export interface RpcLimits {
  /** Longest frame, in UTF-16 code units. */
  maxFrameLength: number;
  /** How long a frame may take from its first byte to its last. */
  incompleteFrameMs: number;
  /** A connection whose unread replies exceed this is not read from until they are all sent. */
  pauseAboveBytes: number;
  /** A connection whose unread replies exceed this is dropped. */
  maxUnsentBytes: number;
  /** How long a peer has to close its side after we have closed ours. */
  lingerMs: number;
}

export const DEFAULT_RPC_LIMITS: Readonly<RpcLimits> = {
  maxFrameLength: 1_024 * 1_024,
  incompleteFrameMs: 5_000,
  pauseAboveBytes: 1_024 * 1_024,
  maxUnsentBytes: 64 * 1_024 * 1_024,
  lingerMs: 1_000,
};
