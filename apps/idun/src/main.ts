import 'reflect-metadata';
import { inspect } from 'node:util';
import { ConfigError, loadConfig } from './config/index.js';
import { createLogger, wantsPretty } from './logging/index.js';
import { IdunServer } from './server.js';
import { keepTickShape } from './tick-shape.js';

async function main(): Promise<void> {
  keepTickShape();
  const config = loadConfig({ env: process.env });
  const pretty = wantsPretty(process.env['NODE_ENV'], process.stdout.isTTY);
  const log = await createLogger({ level: config.logLevel, pretty });
  const server = await IdunServer.start(config, log);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    // Not once: a second signal must not end at once what the first has begun to end well.
    process.on(signal, () => {
      setTimeout(() => process.exit(0), config.shutdownMs).unref();
      void server.stop().then(() => process.exit(0));
    });
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof ConfigError ? error.message : inspect(error)}\n`);
  process.exit(1);
});
