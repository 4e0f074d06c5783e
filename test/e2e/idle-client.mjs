// One call over each transport, and nothing is closed: node ends by itself once nothing keeps it alive.
// `node run-typescript.mjs idle-client.mjs HTTP_PORT TCP_PORT`
import { connectHttp } from '../../libs/client/src/transport/http-connection.js';
import { connectTcp } from '../../libs/client/src/transport/tcp-connection.js';

const [httpPort, tcpPort] = process.argv.slice(3).map(Number);
for (const [connect, port] of [
  [connectHttp(), httpPort],
  [connectTcp(), tcpPort],
]) {
  const connection = connect({ host: '127.0.0.1', port, weight: 1 });
  const { signal } = new AbortController();
  // oxlint-disable-next-line no-await-in-loop -- one after the other
  process.stdout.write(`${await connection.call('segment.get', { key: 'default' }, signal)}\n`);
}
