import { measureInProcess } from './measure.js';

/** `node main.js ROUNDS ROUND_MS` prints the result as JSON. */
const [rounds = 1, roundMs = 1_000] = process.argv.slice(2).map(Number);
process.stdout.write(JSON.stringify(await measureInProcess(rounds, roundMs)));
