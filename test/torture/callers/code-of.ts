import { TransportError } from 'idun-client';

/** The code of the contract, or `NO_ANSWER`; whatever else is a bug, and is named by its class. */
export function codeOf(error: unknown): string {
  if (error instanceof TransportError) return 'NO_ANSWER';
  if (typeof error === 'object' && error !== null && 'code' in error) return String(error.code);
  return error instanceof Error ? error.name : typeof error;
}
