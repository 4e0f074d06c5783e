// Holders of worker ids without the service around them: `node lease-holder.mjs '<JSON options>'`.
//
// The built session, registry, keeper and generator, once for each instance. Prints `{"loaded":true}`, begins at a line
// on standard input, prints the worker ids with ids made under them, and gives them back at the end of the input.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  parseLayout,
  SnowflakeGenerator,
  systemClock,
  systemScheduler,
  WorkerLease,
  WorkerRegistry,
} from '#core';
import { openZooKeeper } from '#zookeeper';

const { connectString, root, instances, lastWorkerId, count } = JSON.parse(process.argv[2]);
const ttlMs = 10_000;
const deps = { clock: systemClock, scheduler: systemScheduler, random: Math.random };
const layout = parseLayout('41-10-12');
const ignore = () => undefined;

let isOver = false;
const ended = once(process.stdin, 'end').then(() => (isOver = true));
console.log(JSON.stringify({ loaded: true }));
await once(process.stdin, 'data');
const holders = await Promise.all(instances.map(hold));
console.log(JSON.stringify(holders.map(({ workerId, ids }) => ({ workerId, ids }))));
await ended;
await Promise.all(holders.map(({ release }) => release()));

async function hold(instance) {
  const log = { info: ignore, warn: ignore };
  const options = { connectString, root, sessionTimeoutMs: ttlMs, log, node: {} };
  const zookeeper = await openZooKeeper(options);
  const store = new WorkerRegistry(zookeeper.workers, {
    firstWorkerId: 0,
    lastWorkerId,
    leaseTtlMs: ttlMs,
    graceMs: 2_000,
    maxAheadMs: 10_000,
    clock: systemClock,
  });
  const workerIds = new WorkerLease(
    { owner: randomUUID(), ttlMs, timeoutMs: 3_000 },
    { ...deps, store, onChange: ignore },
  );
  const generator = new SnowflakeGenerator(
    { layout, epochMs: 1_288_834_974_657, clockToleranceMs: 2_000 },
    { ...deps, workerIds },
  );
  workerIds.start(instance);
  while (generator.readiness().status !== 'up') {
    if (isOver) process.exit(1);
    // oxlint-disable-next-line no-await-in-loop -- until the id is held
    await new Promise((done) => setTimeout(done, 20));
  }
  const ids = await generator.getSnowflakeIds('x', count);
  return {
    workerId: workerIds.held().workerId,
    ids,
    async release() {
      await workerIds.stop();
      await zookeeper.close();
    },
  };
}
