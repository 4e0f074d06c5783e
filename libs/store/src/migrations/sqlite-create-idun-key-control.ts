import type { MigrationInterface, QueryRunner } from 'typeorm';

export class SqliteCreateIdunKeyControl1763000000007 implements MigrationInterface {
  name = 'CreateIdunKeyControl1763000000007';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE IF NOT EXISTS idun_key_control (
      biz_tag text NOT NULL PRIMARY KEY,
      suspended integer NOT NULL,
      rate_per_second integer,
      given_below integer
    )`);
  }

  async down(): Promise<void> {
    throw new Error(
      'idun_key_control tells what deleted keys have given: it is not to be dropped.',
    );
  }
}
