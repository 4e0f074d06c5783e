import type { AddressInfo } from 'node:net';

/** Tells where a server listens by the same line as idun's log does, so that one starter reads both. */
export function announce(transport: 'http' | 'tcp', address: AddressInfo | string | null): void {
  if (typeof address !== 'object' || address === null) throw new Error('not listening');
  const where = `${address.address}:${address.port}`;
  process.stdout.write(`${JSON.stringify({ event: 'listening', [transport]: where })}\n`);
}

/** As long as a snowflake id, so that all answers are of about one size. */
export const BARE_ID = '2019876543210987654';
