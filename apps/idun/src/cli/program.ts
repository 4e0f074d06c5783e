import { Command } from 'commander';
import { auditCommand } from './audit-command.js';
import { keyCommands } from './key-commands.js';
import type { Terminal } from './terminal.js';
import { workerListCommand } from './worker-list-command.js';
import { workerResetCommand } from './worker-reset-command.js';

/** Every command of the operator. */
export function program(terminal: Terminal): Command {
  const idun = new Command('idun')
    .description(
      'Operates idun: looks into and repairs what its nodes share, also while none runs.',
    )
    .showHelpAfterError('Run it with --help to see what it takes.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.tell(text.trimEnd()),
    })
    .addHelpText(
      'after',
      '\nIt reads the same configuration as the service: config/*.yaml and IDUN_* variables.\n' +
        'Exit codes: 0 done, 1 failed, 2 wrong usage.',
    );
  // Settings are handed down only to what is made here, or copied by hand.
  const group = (name: string, description: string, commands: readonly Command[]) => {
    const parent = new Command(name).description(description).copyInheritedSettings(idun);
    for (const command of commands) parent.addCommand(command.copyInheritedSettings(idun));
    idun.addCommand(parent);
  };
  group('key', 'the counters of segment ids', keyCommands(terminal));
  group('worker', 'the worker ids of snowflake ids', [
    workerListCommand(terminal),
    workerResetCommand(terminal),
  ]);
  idun.addCommand(auditCommand(terminal).copyInheritedSettings(idun));
  return idun;
}
