import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * A free port on loopback. Not one that the kernel chooses for port 0: those are also the source
 * ports of clients, so a client could sit on the port of a killed server when that wants it back.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(15_000, 32_000);
    if (await isFree(port)) return port;
  }
  throw new Error('no free port between 15000 and 32000');
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
