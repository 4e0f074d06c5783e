// Run in a process of its own: watches the Nacos given until there is a list, closes if told to, and tells how long the
// process then lives on.
import { nacosServers } from './nacos-servers.js';

const [, , , servers = '', username, password, end] = process.argv;
const source = nacosServers({ servers, username, password }, 'http');
const alive = setInterval(() => undefined, 1_000);
await new Promise((resolve) => source.watch(resolve, () => undefined));
if (end === 'close') await source.close();
clearInterval(alive);
const endedMs = performance.now();
process.once('exit', () => process.stdout.write(String(Math.round(performance.now() - endedMs))));
