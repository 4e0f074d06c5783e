import { randomUUID } from 'node:crypto';
import { Command, InvalidArgumentError } from 'commander';
import { auditState, ResetRefused, WorkerReset, type ResetPlan, type Scheduler } from '#core';
import type { WorkerLeases } from '../worker-leases.js';
import { shellActor } from './actor.js';
import { age, duration, iso } from './age.js';
import type { Terminal } from './terminal.js';
import { atMost } from './texts.js';
import { withLeases } from './with-leases.js';
import { CALL_TIMEOUT_MS } from './with-store.js';

interface Options {
  lowerReservation?: true;
  yes?: true;
  actor: string;
  reason?: string;
  json?: true;
}

/** That of the service lets the process end while it waits; here the operator does. */
const waitingScheduler: Pick<Scheduler, 'after'> = {
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};

export function workerResetCommand(terminal: Terminal): Command {
  const command = new Command('reset')
    .summary("sets back a record that is ahead of the store's clock")
    .description(
      "Sets back a record that is ahead of the store's clock, because a node once ran with a wild one. Its last " +
        'timestamp is lowered, so that no node refuses any more. Its reservation stays, so that no id can come twice: ' +
        'the id itself gives none until then.',
    )
    .argument('<id>', 'the worker id, as `idun worker list` shows it', workerId)
    .option(
      '--lower-reservation',
      'DANGEROUS: also lowers the reservation; ids may then come twice',
    )
    .option('--yes', 'does not ask before --lower-reservation')
    .option('--actor <name>', 'who does it, for the audit', atMost(255), shellActor())
    .option('--reason <text>', 'why, for the audit', atMost(1_000))
    .option('--json', 'prints the record before and after');
  return command.action((id: number, options: Options) =>
    withLeases((leases) => reset(terminal, command, leases, id, options)),
  );
}

async function reset(
  terminal: Terminal,
  command: Command,
  { records, terms }: WorkerLeases,
  id: number,
  options: Options,
): Promise<void> {
  const { actor, reason, json } = options;
  const workerReset = new WorkerReset(terms, {
    store: records,
    scheduler: waitingScheduler,
    onWatch: (forMs) =>
      terminal.tell(`Looking for ${duration(forMs)} whether worker id ${id} has a holder …`),
  });
  const plan = await workerReset.plan({
    workerId: id,
    owner: randomUUID(),
    lowerReservation: options.lowerReservation === true,
    timeoutMs: CALL_TIMEOUT_MS,
  });
  if (!(await isConfirmed(terminal, command, plan, options))) {
    throw new ResetRefused('Not confirmed: nothing was changed.');
  }
  await workerReset.apply(plan, { actor, reason, timeoutMs: CALL_TIMEOUT_MS });
  const { before, after } = plan;
  const states = { workerId: id, before: auditState(before), after: auditState(after) };
  terminal.print(json ? JSON.stringify(states) : doneText(plan));
}

/** What could repeat ids is asked for, in words. */
async function isConfirmed(
  terminal: Terminal,
  command: Command,
  plan: ResetPlan,
  { yes }: Options,
): Promise<boolean> {
  const { before, after } = plan;
  if (after.reservedUntilMs === before.reservedUntilMs) return true;
  terminal.tell(riskText(plan));
  if (yes) return true;
  if (!terminal.ask) command.error('Nobody can be asked here: give --yes to do it all the same.');
  const answer = await terminal.ask(`Type the worker id, ${before.workerId}, to go on: `);
  return answer.trim() === String(before.workerId);
}

function riskText({ before, after }: ResetPlan): string {
  const span = before.reservedUntilMs - after.reservedUntilMs;
  return (
    `DANGER: ids of worker id ${before.workerId} with a time above ${iso(after.reservedUntilMs)}\n` +
    `and up to ${iso(before.reservedUntilMs)} (${duration(span)}) may have been given already.\n` +
    'Once the clock gets there they can be given AGAIN. Do this only if you know that none was.'
  );
}

function doneText({ before, after, storeMs }: ResetPlan): string {
  const isKept = after.reservedUntilMs === before.reservedUntilMs;
  const reservation = isKept
    ? `${iso(after.reservedUntilMs)}, kept: this id gives none before (${age(after.reservedUntilMs, storeMs)})`
    : change(before.reservedUntilMs, after.reservedUntilMs);
  return [
    `Worker id ${before.workerId}, last of ${before.instance}, was reset.`,
    `  last timestamp  ${change(before.lastTimestampMs, after.lastTimestampMs)}`,
    `  reservation     ${reservation}`,
  ].join('\n');
}

const change = (beforeMs: number, afterMs: number): string =>
  beforeMs === afterMs ? iso(afterMs) : `${iso(beforeMs)} -> ${iso(afterMs)}`;

function workerId(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It is a whole number from 0 on.');
  return Number(text);
}
