import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The table of Meituan Leaf, column by column, so that Leaf and idun can serve from it together. */
export class MySqlCreateLeafAlloc1763000000001 implements MigrationInterface {
  // Explicit: a bundler or minifier may rename the class.
  name = 'CreateLeafAlloc1763000000001';

  async up(runner: QueryRunner): Promise<void> {
    const existing: unknown = await runner.query(
      `SELECT 1 FROM information_schema.tables
       WHERE table_schema = DATABASE() AND table_name = 'leaf_alloc'`,
    );
    // Somebody else's table is never touched, and never seeded.
    if (!Array.isArray(existing) || existing.length > 0) return;
    // Made and seeded under another name: killed in between, the next start begins anew.
    await runner.query('DROP TABLE IF EXISTS idun_new_leaf_alloc');
    await runner.query(`CREATE TABLE idun_new_leaf_alloc (
      biz_tag varchar(128) NOT NULL DEFAULT '',
      max_id bigint NOT NULL DEFAULT 1,
      step int NOT NULL,
      description varchar(256) DEFAULT NULL,
      update_time timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
      PRIMARY KEY (biz_tag)
    ) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin`);
    await runner.query(
      `INSERT INTO idun_new_leaf_alloc (biz_tag, max_id, step, description)
       VALUES ('default', 1, 1000, 'made by idun')`,
    );
    await runner.query('RENAME TABLE idun_new_leaf_alloc TO leaf_alloc');
  }

  async down(): Promise<void> {
    throw new Error('leaf_alloc holds the counters: dropping it would give every id again.');
  }
}
