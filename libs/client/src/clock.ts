import { onAbort } from './on-abort.js';

/** Time of a client, injected so that a test can move it. */
export interface ClientClock {
  /** Milliseconds since some fixed point. Never goes back. */
  monotonicMs(): number;
  /** Runs `task` once after `delayMs`; the returned function cancels it. Never keeps a process alive. */
  after(delayMs: number, task: () => void): () => void;
}

/** A longer delay would be taken for none: 24 days. */
export const LONGEST_DELAY_MS = 2 ** 31 - 1;

export const systemClock: ClientClock = {
  monotonicMs: () => performance.now(),
  after(delayMs, task) {
    let turn: NodeJS.Immediate | undefined;
    // What has arrived is read first: a process that was busy must not take its own delay for that of a server.
    const late = () => (turn = setImmediate(task).unref());
    const timer = setTimeout(late, Math.min(delayMs, LONGEST_DELAY_MS)).unref();
    return () => {
      clearTimeout(timer);
      clearImmediate(turn);
    };
  },
};

let awaited = 0;
let hold: NodeJS.Timeout | undefined;

/** Keeps the process alive while a caller waits: timers and idle sockets of a client do not. */
export async function holdProcess<T>(call: Promise<T>): Promise<T> {
  if (awaited++ === 0) hold = setInterval(() => {}, LONGEST_DELAY_MS);
  try {
    return await call;
  } finally {
    if (--awaited === 0) clearInterval(hold);
  }
}

/** Resolves after `delayMs`, at once where `signal` is aborted meanwhile. */
export function pause(clock: ClientClock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(delayMs, end);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end);
  });
}

/**
 * Runs `call` under a signal that is aborted with `signal`, or with `timedOut()` once `timeoutMs` are over.
 * Rejects then with the reason, whether or not `call` obeys.
 */
export function withTimeout<T>(
  clock: ClientClock,
  timeoutMs: number,
  signal: AbortSignal | undefined,
  timedOut: () => Error,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  // On the path of each call: a listener of our own on the new signal, and a race, would double its cost.
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const controller = new AbortController();
    const end = (reason: Error) => {
      release();
      controller.abort(reason);
      reject(reason);
    };
    const forward = () => end(signal?.reason as Error);
    const release = () => {
      cancel();
      forget();
    };
    const forget = onAbort(signal, forward);
    const cancel = clock.after(timeoutMs, () => end(timedOut()));
    call(controller.signal).finally(release).then(resolve, reject);
  });
}
