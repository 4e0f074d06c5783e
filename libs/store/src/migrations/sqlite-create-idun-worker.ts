import type { MigrationInterface, QueryRunner } from 'typeorm';

export class SqliteCreateIdunWorker1763000000002 implements MigrationInterface {
  name = 'CreateIdunWorker1763000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE IF NOT EXISTS idun_worker (
      worker_id integer NOT NULL PRIMARY KEY,
      instance text NOT NULL,
      owner text NOT NULL,
      version integer NOT NULL,
      reserved_until integer NOT NULL,
      last_timestamp integer NOT NULL,
      released integer NOT NULL DEFAULT 0,
      registered_at text NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')),
      updated_at text NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now'))
    )`);
  }

  async down(): Promise<void> {
    throw new Error('idun_worker holds the reservations: dropping it could give ids again.');
  }
}
