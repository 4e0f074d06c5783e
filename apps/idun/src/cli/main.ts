import 'reflect-metadata';
import { run } from './run.js';
import { processTerminal } from './terminal.js';

// Whoever read the output has gone, as `head` does.
process.stdout.on('error', () => process.exit(1));

const code = await run(process.argv.slice(2), processTerminal());
// Nothing that is still connecting may hold the process up, and all that was printed is out.
process.stdout.write('', () => process.exit(code));
