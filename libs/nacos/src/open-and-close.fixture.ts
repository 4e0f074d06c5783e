// Run in a process of its own: registers with the Nacos given, closes at once, and tells how long the process then lives on.
import { node } from './nacos.fixture.js';
import { openNacos } from './index.js';

const registry = openNacos({
  servers: [process.argv[3] ?? ''],
  namespace: 'public',
  group: 'DEFAULT_GROUP',
  cluster: 'DEFAULT',
  service: 'short-lived',
  credentials: undefined,
  node,
  log: { info: () => undefined, warn: () => undefined },
});
registry.announce({ weight: 1, workerId: 1 });
await registry.close();
const closedMs = performance.now();
process.once('exit', () => process.stdout.write(String(Math.round(performance.now() - closedMs))));
