import type { MigrationInterface, QueryRunner } from 'typeorm';

export class SqliteCreateIdunJournal1763000000006 implements MigrationInterface {
  name = 'CreateIdunJournal1763000000006';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE IF NOT EXISTS idun_journal (
      id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
      biz_tag text NOT NULL,
      kind text NOT NULL,
      start_id integer NOT NULL,
      end_id integer NOT NULL,
      holder text NOT NULL,
      lease_id text,
      at_ms integer NOT NULL,
      state text,
      returned_from integer,
      reason text
    )`);
    await runner.query(
      'CREATE INDEX IF NOT EXISTS idun_journal_range ON idun_journal (biz_tag, kind, start_id)',
    );
    await runner.query('CREATE INDEX IF NOT EXISTS idun_journal_lease ON idun_journal (lease_id)');
    await runner.query('CREATE INDEX IF NOT EXISTS idun_journal_age ON idun_journal (at_ms)');
    await runner.query('ALTER TABLE idun_lease ADD COLUMN confirmed integer NOT NULL DEFAULT 1');
    await runner.query('ALTER TABLE idun_lease ADD COLUMN from_free integer NOT NULL DEFAULT 0');
    await runner.query('ALTER TABLE idun_lease ADD COLUMN claim integer');
  }

  async down(): Promise<void> {
    throw new Error('idun_lease.confirmed keeps ranges from callers: it is not to be dropped.');
  }
}
