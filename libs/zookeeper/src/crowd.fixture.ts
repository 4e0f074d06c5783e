import { setTimeout as delay } from 'node:timers/promises';
import {
  WorkerRegistry,
  type WorkerLeaseGrant,
  type WorkerRecord,
  type WorkerRecordSession,
  type WorkerSnapshot,
} from '#core';
import { IdunError } from '#contracts';
import { TERMS } from '../../testing/src/worker-lease-bench.js';
import { by, open, renewal } from './zookeeper.fixture.js';

const TIMEOUT_MS = 120_000;
const PAUSE_MS = 1_000;
/** How long a crowd may find no id; a few times the grace would do. */
const PATIENCE_MS = 60_000;

/**
 * One process with one session and many holders of ids, each with an owner and an instance of its own: when the session
 * ends, all of them have died. It shares reads of all records among them, as a thousand for each of thousands of
 * registrations would take minutes; what it has not seen meanwhile can only make a write fail.
 */
export class Crowd {
  private readonly zookeeper: ReturnType<typeof open>;
  private readonly registry: WorkerRegistry;
  private session: SharedReads | undefined;
  private holders = 0;

  constructor(connectString: string, root: string, size: number) {
    // The session outlives every pause of a busy machine: it ends when it is closed.
    this.zookeeper = open(connectString, root, 20_000);
    const { workers } = this.zookeeper;
    // Stands still from one read to the next: the grace must not pass while nobody looks.
    const clock = { monotonicMs: () => this.session?.readAtMs ?? performance.now() };
    const terms = { ...TERMS, lastWorkerId: size - 1, leaseTtlMs: TIMEOUT_MS };
    this.registry = new WorkerRegistry(
      {
        within: (timeoutMs, work) =>
          this.session ? work(this.session) : workers.within(timeoutMs, work),
      },
      { ...terms, clock },
    );
  }

  /** So many new holders, one after the other, each as soon as there is an id. */
  register(count: number, granted: (grant: WorkerLeaseGrant) => void): Promise<WorkerLeaseGrant[]> {
    return this.zookeeper.workers.within(2 * TIMEOUT_MS, async (records) => {
      this.session = new SharedReads(records);
      const grants: WorkerLeaseGrant[] = [];
      try {
        while (grants.length < count) {
          // oxlint-disable-next-line no-await-in-loop -- one after the other
          const grant = await this.patiently();
          granted(grant);
          grants.push(grant);
        }
        return grants;
      } finally {
        this.session = undefined;
      }
    });
  }

  tryRegister(): Promise<WorkerLeaseGrant> {
    return this.registry.acquire(by(`holder-${++this.holders}`, TIMEOUT_MS));
  }

  renew(grant: WorkerLeaseGrant): Promise<WorkerLeaseGrant> {
    return this.registry.renew(grant, renewal(TIMEOUT_MS));
  }

  release(grant: WorkerLeaseGrant, lastTimestampMs: number): Promise<void> {
    return this.registry.release(grant, lastTimestampMs, TIMEOUT_MS);
  }

  close(): Promise<void> {
    return this.zookeeper.close();
  }

  private async patiently(): Promise<WorkerLeaseGrant> {
    for (const endsMs = performance.now() + PATIENCE_MS; ;) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- until there is an id
        return await this.tryRegister();
      } catch (error) {
        const isFull = error instanceof IdunError && error.code === 'WORKER_IDS_EXHAUSTED';
        if (!isFull || performance.now() > endsMs) throw error;
        // oxlint-disable-next-line no-await-in-loop
        await delay(PAUSE_MS);
        this.session?.forget();
      }
    }
  }
}

class SharedReads implements WorkerRecordSession {
  private snapshot: WorkerSnapshot | undefined;
  readAtMs = performance.now();

  constructor(private readonly records: WorkerRecordSession) {}

  async read(workerId?: number): Promise<WorkerSnapshot> {
    if (workerId !== undefined) return this.records.read(workerId);
    if (!this.snapshot) {
      this.snapshot = await this.records.read();
      this.readAtMs = performance.now();
    }
    return this.snapshot;
  }

  forget(): void {
    this.snapshot = undefined;
  }

  async insert(record: WorkerRecord): Promise<boolean> {
    return this.note(record, await this.records.insert(record));
  }

  async update(seen: WorkerRecord, next: WorkerRecord): Promise<boolean> {
    return this.note(next, await this.records.update(seen, next));
  }

  /** Whether it is written or not, that id has a new holder. */
  private note(written: WorkerRecord, isDone: boolean): boolean {
    const record = isDone ? written : { ...written, owner: 'somebody else' };
    const { records, orphans } = this.snapshot!;
    this.snapshot = { ...this.snapshot!, orphans: without(orphans, record.workerId) };
    const index = records.findIndex(({ workerId }) => workerId === record.workerId);
    records.splice(index < 0 ? records.length : index, 1, record);
    return isDone;
  }
}

function without(ids: ReadonlySet<number>, id: number): ReadonlySet<number> {
  return new Set([...ids].filter((each) => each !== id));
}
