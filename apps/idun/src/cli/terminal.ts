import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';

/** Where a command writes to and asks. */
export interface Terminal {
  /** The result: a line of standard output. */
  print(text: string): void;
  /** All else: a line of standard error. */
  tell(text: string): void;
  /** Undefined where nobody sits there to answer. An end of input is an empty answer. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  /** Of the terminal; undefined where the output goes elsewhere. */
  readonly columns: number | undefined;
}

export function processTerminal(): Terminal {
  const { stdin, stdout, stderr } = process;
  return {
    print: (text) => void stdout.write(`${text}\n`),
    tell: (text) => void stderr.write(`${text}\n`),
    ask: stdin.isTTY && stderr.isTTY ? ask : undefined,
    columns: stdout.isTTY ? stdout.columns : undefined,
  };
}

async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const closed = once(lines, 'close').then(() => '');
    return await Promise.race([lines.question(question), closed]);
  } finally {
    lines.close();
  }
}
