import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

export interface Ended {
  code: number;
  out: string;
  err: string;
}

export type Env = Readonly<Record<string, string>>;

/** Not the environment of the tests: NODE_ENV and IDUN_* of a shell must not take part. */
export function execute(
  program: string,
  args: readonly string[],
  env: Env,
  cwd = root,
): Promise<Ended> {
  const own = { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env };
  return new Promise((resolve) => {
    execFile(program, args, { cwd, env: own, timeout: 240_000 }, (error, out, err) => {
      const code = error ? (typeof error.code === 'number' ? error.code : -1) : 0;
      resolve({ code, out, err });
    });
  });
}

/** The launcher, without the second that npx takes. `args` are words between blanks. */
export const idun = (args: string, env: Env): Promise<Ended> =>
  execute(process.execPath, [join(root, 'bin/idun.mjs'), ...args.split(' ').filter(Boolean)], env);
