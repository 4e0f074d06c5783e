import { BackgroundStart } from '../background-start.js';
import type { MySqlTarget } from '../database-url.js';
import { SqlRangeLeaseStore } from '../range-lease/sql-range-lease-store.js';
import { JournalRows } from '../journal/journal-rows.js';
import { SqlRangeJournal } from '../journal/sql-range-journal.js';
import { Gate } from '../sql/gate.js';
import { RangeBooks } from '../sql/range-books.js';
import { recordServer } from '../sql/range-counts.js';
import { behind, type SqlSession } from '../sql/sql-database.js';
import { SqlSegmentStore } from '../sql/sql-segment-store.js';
import type { Store, StoreLog, StoreOptions, StoreStatus } from '../store.js';
import { mysqlWorkerLeaseDialect } from '../worker-lease/dialects.js';
import { sqlWorkerRecords } from '../worker-lease/sql-worker-records.js';
import { durabilityWarnings, readDurability } from './durability.js';
import { isForbidden, isMissing } from './mysql-errors.js';
import { hasPendingMigrations, hasTable, migrateMySql } from './mysql-migrator.js';
import { MySqlPool } from './mysql-pool.js';
import { mysqlSegmentDialect } from './mysql-segment-dialect.js';

/** Allocations are few and short; they must not wait behind leases and administration. */
const ALLOCATION_CONNECTIONS = 4;
/** A range lease is a transaction of several statements, and may wait for others: nothing may wait behind it. */
const LEASE_CONNECTIONS = 4;
const ADMIN_CONNECTIONS = 4;
const TABLES = [
  'leaf_alloc',
  'idun_worker',
  'idun_audit',
  'idun_lease',
  'idun_free_range',
  'idun_store',
  'idun_key',
  'idun_journal',
];
const PROBE_TIMEOUT_MS = 3_000;

export class MySqlStore implements Store {
  readonly segments;
  readonly leases;
  readonly journal;
  readonly workers;
  readonly dataSources;
  private readonly log: StoreLog;
  private readonly allocation;
  private readonly lease;
  private readonly admin;
  private readonly connected = new Gate();
  private readonly migrated = new Gate();
  private readonly start: BackgroundStart;
  private state: StoreStatus['state'] = 'connecting';
  private warnings: string[] = [];

  constructor(
    private readonly target: MySqlTarget,
    readonly name: string,
    options: StoreOptions,
  ) {
    this.log = options.log;
    this.allocation = new MySqlPool(target, 'allocation', ALLOCATION_CONNECTIONS);
    this.lease = new MySqlPool(target, 'lease', LEASE_CONNECTIONS);
    this.admin = new MySqlPool(target, 'admin', ADMIN_CONNECTIONS);
    this.dataSources = { allocation: this.allocation.dataSource, admin: this.admin.dataSource };
    const journal = new JournalRows(mysqlSegmentDialect, options.journal?.holder);
    const books = new RangeBooks(mysqlSegmentDialect, journal);
    const databases = {
      allocation: behind(this.connected, this.allocation),
      lease: behind(this.migrated, this.lease),
    };
    const admin = behind(this.migrated, this.admin);
    this.segments = new SqlSegmentStore(databases, books, () => this.passOver());
    this.leases = new SqlRangeLeaseStore(databases.lease, books);
    this.journal = new SqlRangeJournal(admin, books);
    this.workers = sqlWorkerRecords(admin, mysqlWorkerLeaseDialect);
    this.start = new BackgroundStart(
      name,
      options.log,
      () => this.attempt(),
      (error) => (this.connected.reason = this.migrated.reason = error),
    );
    void this.start.run();
  }

  ready(): Promise<void> {
    return this.migrated.pass();
  }

  status(): StoreStatus {
    const lastError = this.state === 'connecting' ? this.migrated.reason : undefined;
    return { state: this.state, lastError, warnings: this.warnings };
  }

  async close(): Promise<void> {
    this.state = 'closed';
    this.start.stop();
    const reason = new Error('The store is closed.');
    this.connected.shut(reason);
    this.migrated.shut(reason);
    await Promise.all([this.allocation.close(), this.lease.close(), this.admin.close()]);
  }

  /** Each step may be repeated. */
  private async attempt(): Promise<void> {
    await this.admin.open();
    const pending = await this.probe(hasPendingMigrations);
    // Where the counters stand already, ids flow before and during the migration of our own tables.
    if (!pending || (await this.probe((sql) => hasTable(sql, 'leaf_alloc')))) {
      await this.allocation.open();
      this.connected.open();
    }
    if (pending) await this.migrate();
    await this.allocation.open();
    this.connected.open();
    await this.lease.open();
    await this.recordServer();
    this.migrated.open();
    if (this.state === 'closed') return;
    this.state = 'ready';
    this.log.info({ store: this.name }, 'The store is ready');
    await this.readSettings();
  }

  private async migrate(): Promise<void> {
    try {
      await migrateMySql(this.admin.dataSource, this.target.database);
    } catch (error) {
      if (!isForbidden(error)) {
        this.admin.reset();
        throw error;
      }
      await this.reportMissing(error);
    }
  }

  private async recordServer(): Promise<void> {
    await this.probe(async (sql) => {
      try {
        await recordServer(sql, mysqlSegmentDialect);
      } catch (error) {
        if (!isMissing(error) && !isForbidden(error)) throw error;
      }
    });
  }

  /** There is one server. */
  private passOver(): void {}

  private async reportMissing(error: unknown): Promise<void> {
    const missing: string[] = [];
    for (const table of TABLES) {
      // oxlint-disable-next-line no-await-in-loop -- a few
      if (!(await this.probe((sql) => hasTable(sql, table)))) missing.push(table);
    }
    if (missing.length === 0) return;
    this.log.warn(
      { store: this.name, missing, err: error },
      `This account may not create tables, and missing are: ${missing.join(', ')}`,
    );
  }

  private async readSettings(): Promise<void> {
    try {
      this.warnings = durabilityWarnings(await this.probe(readDurability));
    } catch (error) {
      this.log.info({ store: this.name, err: error }, 'The server does not show its settings');
    }
    for (const warning of this.warnings) this.log.warn({ store: this.name }, warning);
  }

  private probe<T>(work: (sql: SqlSession) => Promise<T>): Promise<T> {
    return this.admin.within(PROBE_TIMEOUT_MS, work);
  }
}
