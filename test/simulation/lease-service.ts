import type { WorkerRecord, WorkerSnapshot } from '#core';
import { memoryWorkerSession } from '../../libs/testing/src/memory-worker-records.js';
import type { Checker } from './checker.js';
import { trueWallMs } from './machine.js';
import type { World } from './world.js';

/** Where the records are. Each read and each write is one step, done when its request arrives. */
export class LeaseService {
  isDown = false;
  clockOffsetMs = 0;
  private readonly rows = new Map<number, WorkerRecord>();
  private readonly records: ReturnType<typeof memoryWorkerSession>;
  private readonly heardAtMs = new Map<string, number>();
  /** The highest reservation that was ever written for an owner, by worker id. */
  private readonly reserved = new Map<string, number>();

  constructor(
    private readonly world: World,
    private readonly sessionMs: number | undefined,
    private readonly checker: Checker,
  ) {
    const clock = { wallMs: () => Math.floor(trueWallMs(world) + this.clockOffsetMs) };
    this.records = memoryWorkerSession({ rows: this.rows, clock });
  }

  get highestReservationMs(): number {
    return Math.max(0, ...[...this.rows.values()].map((row) => row.reservedUntilMs));
  }

  hear(owner: string): void {
    this.heardAtMs.set(owner, this.world.nowMs);
  }

  /** Ends somebody's session, although its holder may be alive. */
  expireSession(): void {
    const owners = [...this.rows.values()].map((row) => row.owner);
    if (owners.length > 0) this.heardAtMs.delete(this.world.random.pick(owners));
  }

  async read(workerId?: number): Promise<WorkerSnapshot> {
    return { ...(await this.records.read(workerId)), orphans: this.orphans() };
  }

  reservedFor(owner: string, workerId: number): number {
    return this.reserved.get(`${owner}/${workerId}`) ?? 0;
  }

  async insert(record: WorkerRecord): Promise<boolean> {
    const done = await this.records.insert(record);
    if (done) this.reserve(record);
    return done;
  }

  async update(seen: WorkerRecord, next: WorkerRecord): Promise<boolean> {
    const { owner, released, workerId } = this.rows.get(seen.workerId)!;
    const isOrphan = this.orphans().has(workerId);
    const done = await this.records.update(seen, next);
    if (done) this.reserve(next);
    if (!done && owner !== seen.owner) this.world.count('write after the take-over');
    if (done && owner !== next.owner && !released) {
      this.world.count(isOrphan ? 'take-over of an ended session' : 'take-over of a dead lease');
    }
    this.world.note('service', () => {
      const { owner: by, version, reservedUntilMs } = next;
      return `worker id ${workerId} ${done ? 'is now' : 'refused'} ${by} v${version} until ${reservedUntilMs}${next.released ? ' released' : ''}`;
    });
    return done;
  }

  private reserve({ owner, workerId, reservedUntilMs }: WorkerRecord): void {
    this.checker.write(workerId, reservedUntilMs);
    const before = this.reservedFor(owner, workerId);
    this.reserved.set(`${owner}/${workerId}`, Math.max(before, reservedUntilMs));
  }

  private orphans(): ReadonlySet<number> {
    const { sessionMs } = this;
    if (sessionMs === undefined) return new Set();
    const isOver = ({ owner }: WorkerRecord) =>
      this.world.nowMs - (this.heardAtMs.get(owner) ?? -Infinity) > sessionMs;
    return new Set([...this.rows.values()].filter(isOver).map(({ workerId }) => workerId));
  }
}
