// Callers in a process of their own: `node id-caller.mjs '<JSON options>'`.
//
// Half of the callers use HTTP, half a plain Nest ClientProxy, each over one connection. Each takes
// `singles` ids one by one, mixed with `batches` calls for `batchSize` ids. Every id goes, in the order in
// which it was received, to the file `out` as 16 bytes: connection number and id, big endian.
import { Agent, get } from 'node:http';
import { writeFileSync } from 'node:fs';
import { ClientProxyFactory, Transport } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';

const { httpUrl, tcpPort, key, callers, singles, batches, batchSize, out } = JSON.parse(
  process.argv[2],
);

function httpConnection() {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return (count) =>
    new Promise((resolve, reject) => {
      const query = count ? `?count=${count}` : '';
      get(`${httpUrl}/api/segment/get/${key}${query}`, { agent }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => (text += chunk));
        response.on('end', () => {
          if (response.statusCode !== 200) reject(new Error(text));
          else resolve(count ? JSON.parse(text) : [text]);
        });
      }).on('error', reject);
    });
}

function tcpConnection() {
  const options = { host: '127.0.0.1', port: tcpPort };
  const proxy = ClientProxyFactory.create({ transport: Transport.TCP, options });
  return async (count) => {
    const data = count ? { key, count } : { key };
    return [await firstValueFrom(proxy.send('segment.get', data))].flat();
  };
}

async function runCaller(connection, take) {
  const ids = [];
  const every = Math.ceil(singles / batches);
  for (let i = 0; i < singles; i++) {
    ids.push(...(await take()));
    if (i % every === 0) ids.push(...(await take(batchSize)));
  }
  return ids.map((id) => [connection, BigInt(id)]);
}

const runs = Array.from({ length: callers }, (_, i) =>
  runCaller(i, i % 2 === 0 ? httpConnection() : tcpConnection()),
);
const all = (await Promise.all(runs)).flat();
const buffer = Buffer.alloc(all.length * 16);
all.forEach(([connection, id], i) => {
  buffer.writeBigUInt64BE(BigInt(connection), i * 16);
  buffer.writeBigUInt64BE(id, i * 16 + 8);
});
writeFileSync(out, buffer);
process.exit(0);
