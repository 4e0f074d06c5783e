import { ClientProxyFactory } from '@nestjs/microservices';
import { createClient } from 'idun-client';
import { IdunClientProxy } from 'idun-client/nest/proxy';
import { firstValueFrom } from 'rxjs';
import { callNumber, type CallName, type CallerOptions } from './caller-options.js';
import { codeOf } from './code-of.js';
import type { Ledger } from './ledger.js';
import { oneOf } from './one-of.js';
import type { Pace } from './pace.js';

const SEGMENTS_PER_SECOND = 240;
const SNOWFLAKES_PER_SECOND = 30;
const BATCHES_PER_SECOND = 12;
const BATCH = 1_000;
/** Loops of each kind, as one alone would stand still while its call waits for its deadline. */
const LOOPS = 4;

/** Callers that find the nodes in Nacos: over HTTP by the SDK's client, over TCP by its `ClientProxy`. */
export function startClientCallers(
  options: CallerOptions,
  ledger: Ledger,
  pace: Pace,
): () => Promise<void> {
  const http = createClient({ nacos: options.nacos });
  const tcp = ClientProxyFactory.create({
    customClass: IdunClientProxy,
    options: { nacos: options.nacos },
  });
  const start = (call: CallName, perSecond: number, give: (key: string) => Promise<string[]>) => {
    const isSnowflake = call.includes('snowflake');
    for (let loop = 0; loop < LOOPS; loop++) {
      pace.loop(perSecond / LOOPS, async () => {
        const key = oneOf(options.keys);
        const space = isSnowflake ? ledger.snowflakes : ledger.space(key);
        await record(ledger, call, space, () => give(key));
      });
    }
  };
  const send = async (pattern: string, key: string, count?: number) =>
    [await firstValueFrom(tcp.send<string | string[]>(pattern, { key, count }))].flat();
  start('http segment', SEGMENTS_PER_SECOND, async (key) => [await http.getSegmentId(key)]);
  start('http snowflake', SNOWFLAKES_PER_SECOND, async (key) => [await http.getSnowflakeId(key)]);
  start('tcp segment', SEGMENTS_PER_SECOND, (key) => send('segment.get', key));
  start('tcp snowflake', SNOWFLAKES_PER_SECOND, (key) => send('snowflake.get', key));
  start('http count=1000', BATCHES_PER_SECOND, (key) => http.getSegmentIds(key, BATCH));
  start('tcp count=1000', BATCHES_PER_SECOND, (key) => send('segment.get', key, BATCH));
  start('snowflake count=n', BATCHES_PER_SECOND, (key) =>
    http.getSnowflakeIds(key, options.snowflakes.batch),
  );
  return async () => {
    await http.close();
    await tcp.close();
  };
}

async function record(
  ledger: Ledger,
  call: CallName,
  space: number,
  give: () => Promise<string[]>,
): Promise<void> {
  const beganMs = performance.now();
  try {
    ledger.ids(await give(), { connection: 0, node: 0, space, call: callNumber(call) });
  } catch (error) {
    ledger.failed(call, 0, codeOf(error), performance.now() - beganMs);
  }
}
