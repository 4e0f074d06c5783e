import type { Server } from './server.js';

/** Who serves, as far as known: a fixed list, or what a registry says. */
export interface ServerSource {
  /**
   * Calls `onChange` with the whole list, as soon as there is one and after each change. Once, at the start. Never
   * throws: what goes wrong is told to `onFailure`, and the last list stays.
   */
  watch(onChange: (servers: readonly Server[]) => void, onFailure: (error: unknown) => void): void;
  /** Nothing is called any more. Never rejects. */
  close(): Promise<void>;
}
