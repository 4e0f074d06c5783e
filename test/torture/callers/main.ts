// A process of callers: it starts when it is run, and ends with its files written when its parent says `stop`, or dies.
import type { CallerOptions } from './caller-options.js';
import { startClientCallers } from './client-callers.js';
import { startDirectCallers } from './direct-callers.js';
import { startLeaseCallers } from './lease-callers.js';
import { Ledger } from './ledger.js';
import { Pace } from './pace.js';

const ROLES = {
  direct: startDirectCallers,
  clients: startClientCallers,
  leases: startLeaseCallers,
} as const;

const options = JSON.parse(process.argv[3]!) as CallerOptions;
const ledger = new Ledger(options);
const pace = new Pace(options.load);
const close = ROLES[options.role](options, ledger, pace);

let stopping: Promise<void> | undefined;
const stop = () => (stopping ??= end());

async function end(): Promise<void> {
  await pace.stop();
  await close();
  ledger.close();
  process.exit(0);
}

process.on('message', () => void stop());
process.on('disconnect', () => void stop());
