import { BackgroundStart } from '../background-start.js';
import type { SqliteTarget } from '../database-url.js';
import { SqlRangeLeaseStore } from '../range-lease/sql-range-lease-store.js';
import { Gate } from '../sql/gate.js';
import { behind } from '../sql/sql-database.js';
import { SqlSegmentStore } from '../sql/sql-segment-store.js';
import type { Store, StoreLog, StoreStatus } from '../store.js';
import { sqliteWorkerLeaseDialect } from '../worker-lease/dialects.js';
import { sqlWorkerRecords } from '../worker-lease/sql-worker-records.js';
import { SqliteDatabase } from './sqlite-database.js';
import { migrateSqlite } from './sqlite-migrator.js';
import { sqliteSegmentDialect } from './sqlite-segment-dialect.js';

export class SqliteStore implements Store {
  readonly segments: SqlSegmentStore;
  readonly leases: SqlRangeLeaseStore;
  readonly workers: Store['workers'];
  readonly dataSources: Store['dataSources'];
  private readonly database: SqliteDatabase;
  private readonly gate = new Gate();
  private readonly start: BackgroundStart;
  private state: StoreStatus['state'] = 'connecting';

  constructor(
    target: SqliteTarget,
    readonly name: string,
    log: StoreLog,
  ) {
    this.database = new SqliteDatabase(target.path);
    const { dataSource } = this.database;
    this.dataSources = { allocation: dataSource, admin: dataSource };
    const database = behind(this.gate, this.database);
    this.segments = new SqlSegmentStore(database, sqliteSegmentDialect);
    this.leases = new SqlRangeLeaseStore(
      database,
      sqliteSegmentDialect,
      sqliteWorkerLeaseDialect.nowMs,
    );
    this.workers = sqlWorkerRecords(database, sqliteWorkerLeaseDialect);
    this.start = new BackgroundStart(
      name,
      log,
      () => this.attempt(),
      (error) => (this.gate.reason = error),
    );
    void this.start.run();
  }

  ready(): Promise<void> {
    return this.gate.pass();
  }

  status(): StoreStatus {
    const lastError = this.state === 'connecting' ? this.gate.reason : undefined;
    return { state: this.state, lastError, warnings: [] };
  }

  /** A file has no other server. */
  passOver(): void {}

  async close(): Promise<void> {
    this.state = 'closed';
    this.start.stop();
    this.gate.shut(new Error('The store is closed.'));
    await this.database.close();
  }

  private async attempt(): Promise<void> {
    await this.database.open();
    if (this.state === 'closed') return;
    await migrateSqlite(this.database);
    this.gate.open();
    this.state = 'ready';
  }
}
