import type { MigrationInterface, QueryRunner } from 'typeorm';

export class SqliteCreateIdunStore1763000000005 implements MigrationInterface {
  name = 'CreateIdunStore1763000000005';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE IF NOT EXISTS idun_store (
      id integer NOT NULL PRIMARY KEY,
      identity text NOT NULL,
      epoch integer NOT NULL,
      revision integer NOT NULL,
      journal_pruned_ms integer NOT NULL DEFAULT 0
    )`);
    await runner.query(`CREATE TABLE IF NOT EXISTS idun_key (
      biz_tag text NOT NULL PRIMARY KEY,
      leases integer NOT NULL,
      largest integer NOT NULL,
      journal_since_ms integer,
      journal_leases integer,
      journal_end integer
    )`);
  }

  async down(): Promise<void> {
    throw new Error(
      'idun_key tells how many ranges were given: without it nodes see a lost store.',
    );
  }
}
