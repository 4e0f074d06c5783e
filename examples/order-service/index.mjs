import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'idun-client';

const { IDUN_NACOS_SERVERS: servers, IDUN_NACOS_SERVICE: service, IDUN_ZONE: zone } = process.env;
if (!servers) throw new Error('IDUN_NACOS_SERVERS says where Nacos is: host:port,host:port');

const idun = createClient({
  nacos: { servers, service },
  zone,
  // An order may wait: better than none, where a machine is busy.
  deadlineMs: 5_000,
  attemptTimeoutMs: 2_000,
});
const print = (line) => console.log(JSON.stringify(line));

const nameOf = ({ host, port }) => `${host}:${port}`;
idun.on('serverEjected', ({ server, forMs }) => print({ ejected: nameOf(server), forMs }));
idun.on('serverRestored', ({ server }) => print({ restored: nameOf(server) }));

// Small leases: orders are few a second, and a process that is killed loses what is left of its own.
const orderIds = idun.segment('order', { minLeaseSize: 20, targetSeconds: 1 });

async function createOrder() {
  const [order, payment] = await Promise.all([orderIds.next(), idun.snowflake.next()]);
  // In the layout 41-10-12: the node that gave the payment its id.
  return { order: `${order}`, payment: `${payment}`, worker: Number((payment >> 12n) & 1023n) };
}

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => stop.abort());

while (!stop.signal.aborted) {
  try {
    print(await createOrder());
  } catch (error) {
    print({ failed: error.code ?? error.message });
  }
  await sleep(20);
}
await idun.close();
