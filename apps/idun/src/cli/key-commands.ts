import { Command, Option } from 'commander';
import type { AdminKey, KeyAdmin, KeyChange, Operator } from '#core';
import { keyReport } from '../admin/key-report.js';
import { shellActor } from './actor.js';
import { decimal, firstId, keyName, upTo } from './key-arguments.js';
import { keyTable, keyText } from './key-text.js';
import type { Terminal } from './terminal.js';
import { atMost } from './texts.js';
import { CALL_TIMEOUT_MS, withStore } from './with-store.js';

interface Shared {
  json?: true;
  actor: string;
  reason?: string;
}

/** A page of `key list`. */
const PAGE = 1_000;
const MAX_STEP = 2 ** 31 - 1;
const MAX_RATE = 1_000_000_000;

/** `idun key …`, straight on the database. */
export function keyCommands(terminal: Terminal): Command[] {
  return [
    listCommand(terminal),
    showCommand(terminal),
    createCommand(terminal),
    setCommand(terminal),
    suspendCommand(terminal),
    resumeCommand(terminal),
    advanceCommand(terminal),
    deleteCommand(terminal),
  ];
}

function listCommand(terminal: Terminal): Command {
  return new Command('list')
    .description('every key, in the order of their names')
    .option('--json', 'as GET /api/keys gives them, without what nodes hold')
    .action(async ({ json }: { json?: true }) => {
      const keys = await withStore(({ keys: admin }) => all(admin));
      terminal.print(
        json ? JSON.stringify({ keys: keys.map(keyReport) }) : keyTable(keys, terminal.columns),
      );
    });
}

function showCommand(terminal: Terminal): Command {
  return new Command('show')
    .description('one key')
    .argument('<key>', 'its name', keyName)
    .option('--json', 'as GET /api/keys/:key gives it, without what a node holds')
    .action(async (key: string, { json }: { json?: true }) =>
      show(terminal, json, await withStore(({ keys }) => keys.get(key, CALL_TIMEOUT_MS))),
    );
}

function createCommand(terminal: Terminal): Command {
  return changing('create', 'makes a key, from which nodes give ids within a second')
    .addOption(new Option('--start <id>', 'the first id').argParser(firstId).default(1n, '1'))
    .option('--step <n>', 'the least number of ids that a node fetches', upTo(MAX_STEP), 1_000)
    .option('--description <text>', 'what it is for', atMost(256))
    .action(
      run(terminal, (keys, key, { start, step, description }: NewOptions, by) =>
        keys.create({ key, start, step, description }, by, CALL_TIMEOUT_MS),
      ),
    );
}

interface NewOptions extends Shared {
  start: bigint;
  step: number;
  description?: string;
}

interface SetOptions extends Shared {
  step?: number;
  description?: string | false;
  rate?: number | false;
}

function setCommand(terminal: Terminal): Command {
  const command = changing('set', 'changes what is named, and leaves the rest')
    .option('--step <n>', 'the least number of ids that a node fetches', upTo(MAX_STEP))
    .option('--description <text>', 'what it is for', atMost(256))
    .option('--no-description', 'takes the description away')
    .option('--rate <n>', 'at most so many ids a second from each node', upTo(MAX_RATE))
    .option('--no-rate', 'takes the limit away');
  return command.action(
    run(terminal, (keys, key, options: SetOptions, by) => {
      const change = changeOf(options);
      if (Object.keys(change).length === 0) command.error('There is nothing to set.');
      return keys.change(key, change, by, CALL_TIMEOUT_MS);
    }),
  );
}

/** Commander makes `true` of what has a `--no-` twin and is not given, and `false` of the twin. */
function changeOf({ step, description, rate }: SetOptions): KeyChange {
  return {
    ...(step !== undefined && { step }),
    ...(typeof description === 'string' && { description }),
    ...(description === false && { description: null }),
    ...(typeof rate === 'number' && { ratePerSecond: rate }),
    ...(rate === false && { ratePerSecond: null }),
  };
}

function suspendCommand(terminal: Terminal): Command {
  return changing('suspend', 'lets no node give ids of it, within a second').action(
    run(terminal, (keys, key, _options, by) =>
      keys.change(key, { suspended: true }, by, CALL_TIMEOUT_MS),
    ),
  );
}

function resumeCommand(terminal: Terminal): Command {
  return changing('resume', 'lets nodes give ids of it again').action(
    run(terminal, (keys, key, _options, by) =>
      keys.change(key, { suspended: false }, by, CALL_TIMEOUT_MS),
    ),
  );
}

interface AdvanceOptions extends Shared {
  to?: bigint;
  by?: bigint;
}

function advanceCommand(terminal: Terminal): Command {
  const command = changing(
    'advance',
    'moves max_id forward, never back; what nodes have in memory they still give',
  )
    .option('--to <id>', 'the next id that the store gives', decimal)
    .option('--by <n>', 'so many ids are passed over', decimal);
  return command.action(
    run(terminal, (keys, key, { to, by: count }: AdvanceOptions, by) => {
      if (to !== undefined && count === undefined) {
        return keys.advance(key, { to }, by, CALL_TIMEOUT_MS);
      }
      if (count !== undefined && to === undefined) {
        return keys.advance(key, { by: count }, by, CALL_TIMEOUT_MS);
      }
      return command.error('Give either --to or --by.');
    }),
  );
}

function deleteCommand(terminal: Terminal): Command {
  return changing(
    'delete',
    'deletes a key that is suspended; one of its name begins above what it gave',
  ).action(
    run(terminal, async (keys, key, _options, by) => {
      await keys.delete(key, by, CALL_TIMEOUT_MS);
      return undefined;
    }),
  );
}

function changing(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .argument('<key>', 'its name', keyName)
    .option('--actor <name>', 'who does it, for the audit', atMost(255), shellActor())
    .option('--reason <text>', 'why, for the audit', atMost(1_000))
    .option('--json', 'prints the key as it is then');
}

/** Of a key that is gone afterwards, `work` gives none. */
function run<T extends Shared>(
  terminal: Terminal,
  work: (keys: KeyAdmin, key: string, options: T, by: Operator) => Promise<AdminKey | undefined>,
) {
  return async (key: string, options: T): Promise<void> => {
    const { actor, reason, json } = options;
    const result = await withStore(({ keys }) => work(keys, key, options, { actor, reason }));
    if (result) show(terminal, json, result);
    else terminal.print(json ? JSON.stringify({ key, deleted: true }) : `Key '${key}' is deleted.`);
  };
}

function show(terminal: Terminal, json: true | undefined, key: AdminKey): void {
  terminal.print(json ? JSON.stringify(keyReport(key)) : keyText(key));
}

async function all(admin: KeyAdmin): Promise<AdminKey[]> {
  const keys: AdminKey[] = [];
  for (let isMore = true; isMore;) {
    // oxlint-disable-next-line no-await-in-loop -- page after page
    const page = await admin.list(keys.at(-1)?.key, PAGE, CALL_TIMEOUT_MS);
    keys.push(...page);
    isMore = page.length === PAGE;
  }
  return keys;
}
