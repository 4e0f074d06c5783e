import type { MigrationInterface, QueryRunner } from 'typeorm';

export class SqliteCreateIdunAudit1763000000003 implements MigrationInterface {
  name = 'CreateIdunAudit1763000000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE IF NOT EXISTS idun_audit (
      id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
      at_ms integer NOT NULL,
      action text NOT NULL,
      subject text NOT NULL,
      actor text NOT NULL,
      reason text,
      state_before text NOT NULL,
      state_after text NOT NULL
    )`);
  }

  async down(): Promise<void> {
    throw new Error('idun_audit tells what operators did: it is not to be dropped.');
  }
}
