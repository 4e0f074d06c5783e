import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { callNumber, type CallName, type CallerOptions, type Pulse } from './caller-options.js';
import { RecordWriter, type Origin } from './record-writer.js';

const FLUSH_MS = 1_000;
const PULSE_MS = 50;

/** What this process received and met, on disk and, in short, to its parent. */
export class Ledger {
  private readonly records: RecordWriter;
  private readonly errors: number;
  private lines: string[] = [];
  private readonly pulse = new Map<string, Pulse['counts'][number]>();
  private readonly timers: NodeJS.Timeout[];

  constructor(private readonly options: CallerOptions) {
    const { folder, role, process: number } = options;
    this.records = new RecordWriter(join(folder, `${role}.ids`), number);
    this.errors = openSync(join(folder, `${role}.errors.jsonl`), 'w');
    this.timers = [
      setInterval(() => this.flush(), FLUSH_MS),
      setInterval(() => this.sendPulse(), PULSE_MS),
    ];
  }

  /** The space of a key. */
  space(key: string): number {
    return this.options.keys.indexOf(key);
  }

  get snowflakes(): number {
    return this.options.keys.length;
  }

  ids(ids: readonly string[], origin: Origin): void {
    this.records.ids(ids, origin);
    this.count(origin.call, origin.node, true);
  }

  run(first: bigint, count: number, origin: Origin): void {
    if (count > 0) this.records.run(first, count, origin);
    this.count(origin.call, origin.node, true);
  }

  failed(call: CallName, node: number, code: string, tookMs: number): void {
    const number = callNumber(call);
    this.lines.push(`${JSON.stringify([Date.now(), number, node, code, Math.round(tookMs)])}\n`);
    this.count(number, node, false);
  }

  close(): void {
    for (const timer of this.timers) clearInterval(timer);
    this.flush();
    this.records.close();
    closeSync(this.errors);
  }

  private count(call: number, node: number, isSuccess: boolean): void {
    const name = `${call} ${node}`;
    const counts = this.pulse.get(name) ?? [call, node, 0, 0];
    counts[isSuccess ? 2 : 3]++;
    this.pulse.set(name, counts);
  }

  private flush(): void {
    this.records.flush();
    writeSync(this.errors, this.lines.join(''));
    this.lines = [];
  }

  private sendPulse(): void {
    if (this.pulse.size === 0) return;
    process.send?.({ counts: [...this.pulse.values()] } satisfies Pulse);
    this.pulse.clear();
  }
}
