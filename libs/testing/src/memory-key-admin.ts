import {
  advanceBackwards,
  advanceBeyondEnd,
  keyExists,
  keyNotFound,
  keyNotSuspended,
  MAX_ID_LIMIT,
  systemScheduler,
  type AdminKey,
  type AuditRecord,
  type AuditState,
  type KeyAdmin,
  type KeyChange,
  type KeyControl,
  type KeyControls,
  type NewKey,
  type Operator,
  type Scheduler,
} from '#core';
import type { KeyRow, MemoryTables } from './memory-tables.js';
import { StoreFaults } from './store-faults.js';

const FREE: KeyControl = { suspended: false, ratePerSecond: undefined };

/** The twin in memory, on the tables of the segment store's twin. */
export class MemoryKeyAdmin implements KeyAdmin {
  readonly faults: StoreFaults;
  /** The newest first. */
  readonly audit: AuditRecord[] = [];
  private revision = 1n;
  private readonly laidDown = new Map<string, KeyControl>();
  /** Up to where ids of deleted keys were given. */
  private readonly given = new Map<string, bigint>();

  constructor(
    private readonly tables: MemoryTables,
    scheduler: Scheduler = systemScheduler,
  ) {
    this.faults = new StoreFaults(scheduler);
  }

  list(after: string | undefined, limit: number, timeoutMs: number): Promise<AdminKey[]> {
    return this.faults.around(timeoutMs, () =>
      [...this.tables.rows.keys()]
        .filter((key) => after === undefined || compare(key, after) > 0)
        .toSorted(compare)
        .slice(0, limit)
        .map((key) => this.read(key)),
    );
  }

  get(key: string, timeoutMs: number): Promise<AdminKey> {
    return this.faults.around(timeoutMs, () => this.read(key));
  }

  create(key: NewKey, by: Operator, timeoutMs: number): Promise<AdminKey> {
    return this.faults.around(timeoutMs, () => {
      const { step, description } = key;
      if (this.tables.rows.has(key.key)) throw keyExists(key.key);
      const given = this.given.get(key.key) ?? 1n;
      const maxId = key.start > given ? key.start : given;
      this.tables.rows.set(key.key, { maxId, step, description });
      this.tables.dropFree(key.key);
      this.given.delete(key.key);
      this.control(key.key, FREE);
      return this.done('key.create', key.key, by, {});
    });
  }

  change(key: string, change: KeyChange, by: Operator, timeoutMs: number): Promise<AdminKey> {
    return this.faults.around(timeoutMs, () => {
      const { maxId, step, description, suspended, ratePerSecond } = this.read(key);
      this.tables.rows.set(key, {
        maxId,
        step: change.step ?? step,
        description: chosen(change.description, description),
      });
      this.control(key, {
        suspended: change.suspended ?? suspended,
        ratePerSecond: chosen(change.ratePerSecond, ratePerSecond),
      });
      return this.done('key.change', key, by, { maxId: String(maxId) });
    });
  }

  advance(
    key: string,
    to: { to: bigint } | { by: bigint },
    by: Operator,
    timeoutMs: number,
  ): Promise<AdminKey> {
    return this.faults.around(timeoutMs, () => {
      const { maxId } = this.read(key);
      const next = 'to' in to ? to.to : maxId + to.by;
      if (next < maxId) throw advanceBackwards(key, maxId);
      if (next > MAX_ID_LIMIT) throw advanceBeyondEnd(key);
      this.tables.rows.get(key)!.maxId = next;
      this.tables.dropFree(key);
      this.tables.event({
        key,
        kind: 'advance',
        start: maxId,
        end: next,
        holder: by.actor,
        reason: by.reason ?? 'advanced by an operator',
        atMs: this.tables.nowMs,
      });
      return this.done('key.advance', key, by, { maxId: String(maxId) });
    });
  }

  delete(key: string, by: Operator, timeoutMs: number): Promise<void> {
    return this.faults.around(timeoutMs, () => {
      const { maxId, suspended } = this.read(key);
      if (!suspended) throw keyNotSuspended(key);
      this.note('key.delete', key, by, { maxId: String(maxId) }, {});
      this.tables.rows.delete(key);
      this.tables.dropFree(key);
      this.given.set(key, maxId);
      this.control(key, FREE);
    });
  }

  controls(revision: bigint | undefined, timeoutMs: number): Promise<KeyControls | undefined> {
    return this.faults.around(timeoutMs, () =>
      revision === this.revision
        ? undefined
        : {
            revision: this.revision,
            controls: new Map(this.laidDown),
            deleted: new Set(this.given.keys()),
          },
    );
  }

  private control(key: string, control: KeyControl): void {
    if (control.suspended || control.ratePerSecond !== undefined) this.laidDown.set(key, control);
    else this.laidDown.delete(key);
    this.revision++;
  }

  private read(key: string): AdminKey {
    const row: KeyRow | undefined = this.tables.rows.get(key);
    if (!row) throw keyNotFound(key);
    const maxId = this.tables.maxId(key)!;
    return { key, ...row, maxId, ...(this.laidDown.get(key) ?? FREE) };
  }

  private done(
    action: AuditRecord['action'],
    key: string,
    by: Operator,
    before: AuditState,
  ): AdminKey {
    const after = this.read(key);
    this.note(action, key, by, before, { maxId: String(after.maxId) });
    return after;
  }

  private note(
    action: AuditRecord['action'],
    subject: string,
    { actor, reason }: Operator,
    before: AuditState,
    after: AuditState,
  ): void {
    this.audit.unshift({ atMs: Date.now(), action, subject, actor, reason, before, after });
  }
}

const chosen = <T>(wanted: T | null | undefined, before: T | undefined): T | undefined =>
  wanted === undefined ? before : (wanted ?? undefined);

const compare = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
