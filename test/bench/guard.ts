import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Cleans up behind this process, however it ends: see test/services/guard.sh. */
export class Guard {
  private readonly pipe;

  constructor(root: string) {
    const script = join(root, 'test/services/guard.sh');
    // Detached, so that Ctrl-C, which ends us, does not end it as well.
    const child = spawn('bash', [script], { detached: true, stdio: ['pipe', 'ignore', 'inherit'] });
    child.unref();
    this.pipe = child.stdin;
  }

  watch(pid: number): void {
    this.pipe.write(`watch ${pid}\n`);
  }

  forget(pid: number): void {
    this.pipe.write(`forget ${pid}\n`);
  }

  temporaryFolder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'idun-bench-'));
    this.pipe.write(`folder ${folder}\n`);
    return folder;
  }

  /** Removes what is left, at once. */
  end(): void {
    this.pipe.end();
  }
}
