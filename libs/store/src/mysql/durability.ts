import type { SqlSession } from '../sql/sql-database.js';

/** Server variables in lower case, as far as they are visible, and the engine of leaf_alloc. */
export interface DurabilitySettings {
  engine: string | undefined;
  variables: ReadonlyMap<string, string>;
}

const VARIABLES = [
  'version',
  'read_only',
  'innodb_flush_log_at_trx_commit',
  'log_bin',
  'sync_binlog',
  'rpl_semi_sync_master_enabled',
  'rpl_semi_sync_source_enabled',
  'rpl_semi_sync_master_wait_point',
  'rpl_semi_sync_source_wait_point',
];

export async function readDurability(sql: SqlSession): Promise<DurabilitySettings> {
  const tables = await sql.run(
    `SELECT engine AS engine FROM information_schema.tables
     WHERE table_schema = DATABASE() AND table_name = 'leaf_alloc'`,
  );
  const engine = tables.rows[0]?.['engine'];
  const shown = await sql.run(
    `SHOW GLOBAL VARIABLES WHERE Variable_name IN (${VARIABLES.map(() => '?').join(', ')})`,
    VARIABLES,
  );
  return {
    engine: typeof engine === 'string' ? engine : undefined,
    variables: new Map(
      shown.rows.map((row) => [String(row['Variable_name']).toLowerCase(), String(row['Value'])]),
    ),
  };
}

/** One sentence for each setting with which the server can forget a commit that it has acknowledged. */
export function durabilityWarnings({ engine, variables }: DurabilitySettings): string[] {
  const warnings: string[] = [];
  const is = (name: string, ...values: string[]) =>
    values.includes(variables.get(name)?.toUpperCase() ?? '');
  const isMariaDb = (variables.get('version') ?? '').toLowerCase().includes('mariadb');

  if (engine !== undefined && engine.toLowerCase() !== 'innodb') {
    warnings.push(
      `leaf_alloc has the engine ${engine}, which loses commits in a crash: use InnoDB.`,
    );
  }
  if (is('read_only', 'ON', '1')) {
    warnings.push(
      'read_only is on: this server is a replica or being maintained, no id can be allocated.',
    );
  }
  const flush = variables.get('innodb_flush_log_at_trx_commit');
  // MariaDB's 3 flushes at every commit as well.
  if (flush !== undefined && flush !== '1' && !(flush === '3' && isMariaDb)) {
    warnings.push(
      `innodb_flush_log_at_trx_commit is ${flush}, which loses commits in a crash: set it to 1.`,
    );
  }
  if (!is('log_bin', 'ON', '1')) return warnings;
  const sync = variables.get('sync_binlog');
  if (sync !== undefined && sync !== '1') {
    warnings.push(
      `sync_binlog is ${sync} with the binary log on, which loses commits in a power cut: set it to 1.`,
    );
  }
  return [...warnings, ...semiSyncWarnings(variables)];
}

function semiSyncWarnings(variables: ReadonlyMap<string, string>): string[] {
  for (const role of ['source', 'master']) {
    const enabled = variables.get(`rpl_semi_sync_${role}_enabled`)?.toUpperCase();
    if (enabled === undefined) continue;
    if (enabled !== 'ON' && enabled !== '1') {
      return [
        `rpl_semi_sync_${role}_enabled is off: a fail-over to a replica can lose commits, and ids be given again.`,
      ];
    }
    const point = variables.get(`rpl_semi_sync_${role}_wait_point`);
    if (point !== undefined && point.toUpperCase() !== 'AFTER_SYNC') {
      return [
        `rpl_semi_sync_${role}_wait_point is ${point}: a fail-over can lose commits that others have seen; set AFTER_SYNC.`,
      ];
    }
  }
  return [];
}
