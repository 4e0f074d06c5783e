/** A call as it came over the wire. */
export interface Asked {
  pattern: string;
  request: Record<string, unknown>;
  /** Of the packet; undefined over HTTP. */
  id?: unknown;
  /** The request line and headers of HTTP. */
  head?: string;
}

export interface Refused {
  code: string;
  text: string;
  retryable: boolean;
  retryAfter?: string;
}

export type Answer =
  | { value: unknown }
  | { refused: Refused }
  /** As it is. */
  | { bytes: Buffer | string }
  | 'silence'
  | 'hang up';
