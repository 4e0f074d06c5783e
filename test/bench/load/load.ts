/** A generator of requests, as many as the server answers. */
export interface Load {
  start(): void;
  stop(): void | Promise<void>;
}
