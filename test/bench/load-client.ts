import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Job, Sample } from './load/measure.js';

/** The load generator, in its own process. One job at a time. */
export class LoadClient {
  private readonly child: ChildProcess;
  private readonly exited: Promise<void>;

  constructor(root: string, prefix: readonly string[]) {
    const script = join(root, 'dist/test/bench/load/load-process.js');
    const [program, ...args] = [...prefix, process.execPath, script];
    // It ends by itself when the channel closes, with us at the latest.
    this.child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.exited = once(this.child, 'exit').then(() => undefined);
  }

  async run(job: Job): Promise<Sample> {
    const ended = this.exited.then(() => ({ error: 'the load generator ended' }));
    const answered = new Promise<Sample | { error: string }>((resolve) => {
      this.child.once('message', resolve);
    });
    this.child.send(job);
    const answer = await Promise.race([answered, ended]);
    if ('error' in answer) throw new Error(`${JSON.stringify(job.target)}: ${answer.error}`);
    return answer;
  }

  async stop(): Promise<void> {
    if (this.child.connected) this.child.disconnect();
    await this.exited;
  }
}
