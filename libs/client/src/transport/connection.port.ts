import type {
  DecodedSnowflake,
  DecodeRequest,
  GetRequest,
  LeaseRequest,
  RangeLease,
  ReturnedRange,
  ReturnRequest,
} from '../../../contracts/src/index.js';
import type { Server } from '../servers/server.js';

/** What a server can be asked, by the pattern of the message. */
export interface Calls {
  'segment.get': { request: GetRequest; reply: string | string[] };
  'segment.lease': { request: LeaseRequest; reply: RangeLease };
  /** `key`: of the lease, which stands in the HTTP route. */
  'segment.return': { request: ReturnRequest & { key: string }; reply: ReturnedRange };
  'snowflake.get': { request: GetRequest; reply: string | string[] };
  'snowflake.decode': { request: DecodeRequest; reply: DecodedSnowflake };
}

export type Pattern = keyof Calls;
export type Request<P extends Pattern> = Calls[P]['request'];
export type Reply<P extends Pattern> = Calls[P]['reply'];

/** The way to one server. Sockets are opened when they are needed, and again after they were lost. */
export interface Connection {
  /** Calls that it carries at a time. It makes others wait, while the time of their attempts runs. */
  readonly capacity: number;
  /**
   * Rejects with the `IdunError` that the server answered, with a `TransportError` where there was no answer of idun (the
   * call may have been carried out), or with the reason of `signal`.
   */
  call<P extends Pattern>(pattern: P, request: Request<P>, signal: AbortSignal): Promise<Reply<P>>;
  /** Ends the sockets; what is under way is rejected with a `TransportError`. Never rejects. */
  close(): Promise<void>;
}

export type Connect = (server: Server) => Connection;
