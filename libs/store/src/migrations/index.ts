import { MySqlCreateIdunAudit1763000000003 } from './mysql-create-idun-audit.js';
import { MySqlCreateIdunJournal1763000000006 } from './mysql-create-idun-journal.js';
import { MySqlCreateIdunKeyControl1763000000007 } from './mysql-create-idun-key-control.js';
import { MySqlCreateIdunLease1763000000004 } from './mysql-create-idun-lease.js';
import { MySqlCreateIdunStore1763000000005 } from './mysql-create-idun-store.js';
import { MySqlCreateIdunWorker1763000000002 } from './mysql-create-idun-worker.js';
import { MySqlCreateLeafAlloc1763000000001 } from './mysql-create-leaf-alloc.js';
import { SqliteCreateIdunAudit1763000000003 } from './sqlite-create-idun-audit.js';
import { SqliteCreateIdunJournal1763000000006 } from './sqlite-create-idun-journal.js';
import { SqliteCreateIdunKeyControl1763000000007 } from './sqlite-create-idun-key-control.js';
import { SqliteCreateIdunLease1763000000004 } from './sqlite-create-idun-lease.js';
import { SqliteCreateIdunStore1763000000005 } from './sqlite-create-idun-store.js';
import { SqliteCreateIdunWorker1763000000002 } from './sqlite-create-idun-worker.js';
import { SqliteCreateLeafAlloc1763000000001 } from './sqlite-create-leaf-alloc.js';

/** In the order in which they run; the numbers are TypeORM's, which orders by the last 13 digits of a name. */
export const MYSQL_MIGRATIONS = [
  MySqlCreateLeafAlloc1763000000001,
  MySqlCreateIdunWorker1763000000002,
  MySqlCreateIdunAudit1763000000003,
  MySqlCreateIdunLease1763000000004,
  MySqlCreateIdunStore1763000000005,
  MySqlCreateIdunJournal1763000000006,
  MySqlCreateIdunKeyControl1763000000007,
] as const;

export const SQLITE_MIGRATIONS = [
  SqliteCreateLeafAlloc1763000000001,
  SqliteCreateIdunWorker1763000000002,
  SqliteCreateIdunAudit1763000000003,
  SqliteCreateIdunLease1763000000004,
  SqliteCreateIdunStore1763000000005,
  SqliteCreateIdunJournal1763000000006,
  SqliteCreateIdunKeyControl1763000000007,
] as const;

/** Names as recorded in the migrations table, the same for every database. */
export const MIGRATION_NAMES: readonly string[] = MYSQL_MIGRATIONS.map((each) => new each().name);
