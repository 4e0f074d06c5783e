import type { MigrationInterface, QueryRunner } from 'typeorm';

export class SqliteCreateIdunLease1763000000004 implements MigrationInterface {
  name = 'CreateIdunLease1763000000004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE IF NOT EXISTS idun_lease (
      lease_id text NOT NULL PRIMARY KEY,
      biz_tag text NOT NULL,
      request_id text,
      start_id integer NOT NULL CHECK (typeof(start_id) = 'integer'),
      end_id integer NOT NULL CHECK (typeof(end_id) = 'integer'),
      returned_from integer,
      created_ms integer NOT NULL
    )`);
    await runner.query(
      'CREATE UNIQUE INDEX IF NOT EXISTS idun_lease_request ON idun_lease (biz_tag, request_id)',
    );
    await runner.query('CREATE INDEX IF NOT EXISTS idun_lease_age ON idun_lease (created_ms)');
    await runner.query(`CREATE TABLE IF NOT EXISTS idun_free_range (
      biz_tag text NOT NULL,
      start_id integer NOT NULL CHECK (typeof(start_id) = 'integer'),
      size integer NOT NULL,
      PRIMARY KEY (biz_tag, start_id)
    )`);
    await runner.query(
      'CREATE INDEX IF NOT EXISTS idun_free_range_size ON idun_free_range (biz_tag, size, start_id)',
    );
  }

  /** Loses ids and repeats none: what is not in a table is never given, and a lease can no longer be returned. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS idun_free_range');
    await runner.query('DROP TABLE IF EXISTS idun_lease');
  }
}
