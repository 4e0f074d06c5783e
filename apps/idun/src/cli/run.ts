import { inspect } from 'node:util';
import { CommanderError } from 'commander';
import { IdunError } from '#contracts';
import { ResetRefused } from '#core';
import { ConfigError } from '../config/index.js';
import { hidePasswords } from '../logging/index.js';
import { program } from './program.js';
import type { Terminal } from './terminal.js';

const DONE = 0;
const FAILED = 1;
const WRONG_USAGE = 2;

/** Runs one command and gives the exit code: 0 done, 1 failed, 2 wrong usage. Never rejects. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await program(terminal).parseAsync(args, { from: 'user' });
    return DONE;
  } catch (error) {
    // It has said what is wrong itself. Help that was asked for is no error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : WRONG_USAGE;
    terminal.tell(hidePasswords(sentenceOf(error)));
    return FAILED;
  }
}

function sentenceOf(error: unknown): string {
  if (error instanceof ConfigError || error instanceof ResetRefused) return error.message;
  if (!(error instanceof IdunError)) return inspect(error);
  const cause = causeOf(error.cause);
  return cause === undefined ? error.message : `${error.message}\n  ${cause}`;
}

/** Of several attempts to connect the error itself has no message. */
function causeOf(cause: unknown): string | undefined {
  if (cause instanceof AggregateError) return causeOf(cause.errors[0]);
  return cause instanceof Error ? cause.message : undefined;
}
