import { setTimeout as delay } from 'node:timers/promises';
import { callNumber, type CallName, type CallerOptions } from './caller-options.js';
import type { Ledger } from './ledger.js';
import { OneConnection } from './one-connection.js';
import type { Pace } from './pace.js';
import { oneOf } from './one-of.js';

/** Of each node. */
const CONNECTIONS = { 'direct segment': 3, 'direct snowflake': 1 };
/** Over one connection. */
const SEGMENTS_PER_SECOND = 130;
const SNOWFLAKES_PER_SECOND = 40;
const SEGMENT_BATCHES = { batch: 1_000, batchEvery: 200 };
/** Before the next attempt at a node that is not there. */
const PAUSE_MS = 40;

/** Bound to one node each, over one connection, so that the order of its ids can be seen. */
export function startDirectCallers(
  options: CallerOptions,
  ledger: Ledger,
  pace: Pace,
): () => Promise<void> {
  let connections = 0;
  const opened: OneConnection[] = [];
  for (const [index, url] of options.nodes.entries()) {
    const start = (call: keyof typeof CONNECTIONS, perSecond: number, keyOf: () => string) => {
      const batches = call === 'direct segment' ? SEGMENT_BATCHES : options.snowflakes;
      for (let n = 0; n < CONNECTIONS[call]; n++) {
        const connection = new OneConnection(url, () => ++connections);
        opened.push(connection);
        const place = { ledger, connection, call, node: index + 1, ...batches };
        pace.loop(perSecond, () => callOnce(place, keyOf()));
      }
    };
    start('direct segment', SEGMENTS_PER_SECOND, () => oneOf(options.keys));
    start('direct snowflake', SNOWFLAKES_PER_SECOND, () => 'torture');
  }
  return async () => {
    for (const connection of opened) connection.close();
  };
}

interface Place {
  ledger: Ledger;
  connection: OneConnection;
  call: CallName;
  node: number;
  batch: number;
  batchEvery: number;
}

async function callOnce(place: Place, key: string): Promise<void> {
  const { ledger, connection, call, node, batch, batchEvery } = place;
  const beganMs = performance.now();
  const isSegment = call === 'direct segment';
  const isBatch = Math.random() * batchEvery < 1;
  const path = `/api/${isSegment ? 'segment' : 'snowflake'}/get/${key}${isBatch ? `?count=${batch}` : ''}`;
  let code = 'NO_ANSWER';
  try {
    const answer = await connection.get(path);
    const { body } = answer;
    if (answer.status === 200) {
      const ids = isBatch ? (JSON.parse(body) as string[]) : [body];
      const space = isSegment ? ledger.space(key) : ledger.snowflakes;
      const origin = { connection: answer.connection, node, space, call: callNumber(call) };
      ledger.ids(ids, origin);
      return;
    }
    code = (JSON.parse(body) as { code?: string }).code ?? `HTTP_${answer.status}`;
  } catch (error) {
    if (error instanceof SyntaxError) code = 'NOT_UNDERSTOOD';
  }
  ledger.failed(call, node, code, performance.now() - beganMs);
  if (code === 'NO_ANSWER') await delay(PAUSE_MS);
}
