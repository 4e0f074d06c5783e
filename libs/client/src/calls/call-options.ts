export interface CallOptions {
  /** The call is given up with the reason of this signal. */
  signal?: AbortSignal;
  /** Milliseconds from now. */
  deadlineMs?: number;
}
