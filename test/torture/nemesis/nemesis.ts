import { appendFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { FaultEntry } from '../checker/run-files.js';
import { FAULTS, mayJoin } from './constraints.js';
import type { Drawn, Scene } from './fault.js';

export interface NemesisOptions {
  /** Takes a line for each fault. */
  file: string;
  kinds: readonly string[];
  untilMs: number;
  /** Of a fault. */
  longestMs: number;
  /** Whether a round begins only when all works, rather than after a moment. */
  isPatient: boolean;
  /** Whether nodes give nothing that they cannot claim. */
  isRequired: boolean;
  /** What did not work in the last `windowMs`, as callers say. */
  complaints: () => string[];
  windowMs: number;
  say: (line: string) => void;
}

interface Planned extends Drawn {
  kind: string;
  delayMs: number;
  lengthMs: number;
}

const MOST_AT_ONCE = 3;
const SHORTEST_MS = 1_000;
const STAGGER_MS = 1_500;
/** A little more than the checker allows. */
const RECOVERY_MS = 35_000;
const MOMENT_MS = 1_500;
/** What takes longer is said. */
const SLOW_MS = 4_000;
const POLL_MS = 50;
/** Between two rounds something else may happen, such as a backup. */
const BACKUP_CHANCE = 0.4;

/** Breaks things, some at a time, and goes on when all works again. Which, follows from the seed. */
export class Nemesis {
  private round = 0;
  count = 0;

  constructor(
    private readonly scene: Scene,
    private readonly options: NemesisOptions,
  ) {
    writeFileSync(options.file, '');
  }

  async run(): Promise<void> {
    const { untilMs } = this.options;
    const { random, backups } = this.scene;
    while (Date.now() < untilMs) {
      // oxlint-disable-next-line no-await-in-loop -- round after round
      if (random.chance(BACKUP_CHANCE) || this.round === 0) await backups.takeRows();
      // oxlint-disable-next-line no-await-in-loop
      await this.oneRound();
    }
  }

  private async oneRound(): Promise<void> {
    const round = ++this.round;
    const planned = this.plan();
    await Promise.all(planned.map((fault) => this.carryOut(fault, round)));
    for (const { repair } of planned) {
      // oxlint-disable-next-line no-await-in-loop -- one fault of a round at most has one
      await repair?.();
    }
    const begin = Date.now();
    await delay(this.options.windowMs);
    const missing = await this.recovered(
      begin + (this.options.isPatient ? RECOVERY_MS : MOMENT_MS),
    );
    const names = planned.map(({ kind, target }) => `${kind} (${target})`).join(', ');
    const after =
      missing.length > 0 ? `NO RECOVERY: ${missing.join(', ')}` : `${Date.now() - begin} ms`;
    this.options.say(`${round}: ${names}: ${after}`);
  }

  private plan(): Planned[] {
    const { random } = this.scene;
    const wanted = random.whole(1, MOST_AT_ONCE);
    const planned: Planned[] = [];
    // Not every draw fits.
    for (let draw = 0; draw < 50 && planned.length < wanted; draw++) {
      const kind = random.pick(this.drawn);
      const fault = FAULTS[kind]!.draw(this.scene);
      const lengthMs = SHORTEST_MS + (this.options.longestMs - SHORTEST_MS) * random.next() ** 2;
      const delayMs = planned.length === 0 ? 0 : random.between(0, STAGGER_MS);
      if (!fault || !mayJoin({ kind, takes: fault.takes }, planned, this.options.isRequired))
        continue;
      planned.push({ ...fault, kind, delayMs, lengthMs });
    }
    return planned;
  }

  /** Each kind as often as it weighs. */
  private get drawn(): string[] {
    return this.options.kinds.flatMap((kind) =>
      Array.from({ length: FAULTS[kind]!.weight }, () => kind),
    );
  }

  private async carryOut(fault: Planned, round: number): Promise<void> {
    const { kind, target } = fault;
    await delay(fault.delayMs);
    const beginMs = Date.now();
    await fault.strike();
    await delay(Math.max(0, beginMs + fault.lengthMs - Date.now()));
    const endMs = Date.now();
    await fault.end();
    this.count++;
    const entry: FaultEntry = { kind, target, round, beginMs, endMs };
    appendFileSync(this.options.file, `${JSON.stringify(entry)}\n`);
  }

  /** What does not work at the end; nothing where all came back. */
  private async recovered(untilMs: number): Promise<string[]> {
    const { complaints, say } = this.options;
    const begin = Date.now();
    const seen = new Map<string, number>();
    for (;;) {
      const missing = complaints();
      for (const call of missing) seen.set(call, (seen.get(call) ?? 0) + 1);
      const isSlow = Date.now() - begin > SLOW_MS;
      if (missing.length === 0 && isSlow) say(`missed ${JSON.stringify(Object.fromEntries(seen))}`);
      if (missing.length === 0 || Date.now() > untilMs) return missing;
      // oxlint-disable-next-line no-await-in-loop
      await delay(POLL_MS);
    }
  }
}
