import { openStore } from '../index.js';

// Run as a process of its own by a spec: allocates ranges of ten and prints their starts.
const [file, count] = process.argv.slice(3);
const store = await openStore(`sqlite:${file}`, {
  log: { info: () => undefined, warn: () => undefined },
});
const starts: number[] = [];
for (let i = 0; i < Number(count); i++) {
  // oxlint-disable-next-line no-await-in-loop -- as one node does
  starts.push(Number((await store.segments.allocate('default', 10, 10_000)).start));
}
process.stdout.write(JSON.stringify(starts));
await store.close();
