import type { MigrationInterface, QueryRunner } from 'typeorm';

export class SqliteCreateLeafAlloc1763000000001 implements MigrationInterface {
  name = 'CreateLeafAlloc1763000000001';

  async up(runner: QueryRunner): Promise<void> {
    const existing: unknown = await runner.query(
      `SELECT 1 FROM sqlite_master WHERE name = 'leaf_alloc'`,
    );
    if (!Array.isArray(existing) || existing.length > 0) return;
    await runner.query(`CREATE TABLE leaf_alloc (
      biz_tag varchar(128) NOT NULL PRIMARY KEY,
      max_id bigint NOT NULL DEFAULT 1 CHECK (typeof(max_id) = 'integer'),
      step int NOT NULL CHECK (typeof(step) = 'integer'),
      description varchar(256),
      update_time timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP
    )`);
    await runner.query(
      `INSERT INTO leaf_alloc (biz_tag, max_id, step, description)
       VALUES ('default', 1, 1000, 'made by idun')`,
    );
  }

  async down(): Promise<void> {
    throw new Error('leaf_alloc holds the counters: dropping it would give every id again.');
  }
}
