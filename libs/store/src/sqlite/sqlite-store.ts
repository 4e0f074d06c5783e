import { BackgroundStart } from '../background-start.js';
import type { SqliteTarget } from '../database-url.js';
import { sqliteKeyDialect } from '../keys/key-dialects.js';
import { SqlKeyAdmin } from '../keys/sql-key-admin.js';
import { SqlRangeLeaseStore } from '../range-lease/sql-range-lease-store.js';
import { JournalRows } from '../journal/journal-rows.js';
import { SqlRangeJournal } from '../journal/sql-range-journal.js';
import { Gate } from '../sql/gate.js';
import { RangeBooks } from '../sql/range-books.js';
import { recordServer } from '../sql/range-counts.js';
import { behind } from '../sql/sql-database.js';
import { SqlSegmentStore } from '../sql/sql-segment-store.js';
import type { Store, StoreOptions, StoreStatus } from '../store.js';
import { sqliteWorkerLeaseDialect } from '../worker-lease/dialects.js';
import { sqlWorkerRecords } from '../worker-lease/sql-worker-records.js';
import { SqliteDatabase } from './sqlite-database.js';
import { migrateSqlite } from './sqlite-migrator.js';
import { sqliteSegmentDialect } from './sqlite-segment-dialect.js';

const START_TIMEOUT_MS = 10_000;

export class SqliteStore implements Store {
  readonly segments: SqlSegmentStore;
  readonly leases: SqlRangeLeaseStore;
  readonly journal: SqlRangeJournal;
  readonly workers: Store['workers'];
  readonly keys: Store['keys'];
  readonly dataSources: Store['dataSources'];
  readonly place: string;
  private readonly database: SqliteDatabase;
  private readonly gate = new Gate();
  private readonly start: BackgroundStart;
  private state: StoreStatus['state'] = 'connecting';

  constructor(
    target: SqliteTarget,
    readonly name: string,
    options: StoreOptions,
  ) {
    this.place = name;
    this.database = new SqliteDatabase(target.path);
    const { dataSource } = this.database;
    this.dataSources = { allocation: dataSource, admin: dataSource };
    const database = behind(this.gate, this.database);
    const journal = new JournalRows(sqliteSegmentDialect, options.journal?.holder);
    const books = new RangeBooks(sqliteSegmentDialect, journal);
    const databases = { allocation: database, lease: database };
    this.segments = new SqlSegmentStore(databases, books, () => this.passOver());
    this.leases = new SqlRangeLeaseStore(database, books);
    this.journal = new SqlRangeJournal(database, books);
    this.workers = sqlWorkerRecords(database, sqliteWorkerLeaseDialect);
    this.keys = new SqlKeyAdmin(database, books, sqliteKeyDialect);
    this.start = new BackgroundStart(
      name,
      options.log,
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
  passOver(): boolean {
    return false;
  }

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
    await this.database.within(START_TIMEOUT_MS, (sql) => recordServer(sql, sqliteSegmentDialect));
    this.gate.open();
    this.state = 'ready';
  }
}
