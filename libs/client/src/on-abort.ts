import { setMaxListeners } from 'node:events';

/** Runs `task` once `signal` is aborted, unless the returned function was called before. */
export function onAbort(signal: AbortSignal | undefined, task: () => void): () => void {
  if (!signal) return () => {};
  allowMany(signal);
  signal.addEventListener('abort', task);
  return () => signal.removeEventListener('abort', task);
}

/** Many calls may share one signal: no leak for Node to warn of. */
function allowMany(signal: AbortSignal): void {
  try {
    setMaxListeners(0, signal);
  } catch {
    // One that is not of Node's own making has no limit.
  }
}
