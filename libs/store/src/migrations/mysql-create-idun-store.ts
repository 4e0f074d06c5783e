import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What the store can say of itself, so that one that went back in time shows. `idun_store`: one row, which the first
 * node that finds none writes: the server on record, and how often it changed. `idun_key`: how many ranges of a key were
 * given, and the largest. The columns of the journal tell since when, where the count and the counter last stood, every
 * range is in it.
 */
export class MySqlCreateIdunStore1763000000005 implements MigrationInterface {
  name = 'CreateIdunStore1763000000005';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE IF NOT EXISTS idun_store (
      id int NOT NULL,
      identity varchar(64) NOT NULL,
      epoch bigint NOT NULL,
      revision bigint NOT NULL,
      journal_pruned_ms bigint NOT NULL DEFAULT 0,
      PRIMARY KEY (id)
    ) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin`);
    await runner.query(`CREATE TABLE IF NOT EXISTS idun_key (
      biz_tag varchar(128) NOT NULL,
      leases bigint NOT NULL,
      largest bigint NOT NULL,
      journal_since_ms bigint DEFAULT NULL,
      journal_leases bigint DEFAULT NULL,
      journal_end bigint DEFAULT NULL,
      PRIMARY KEY (biz_tag)
    ) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin`);
  }

  async down(): Promise<void> {
    throw new Error(
      'idun_key tells how many ranges were given: without it nodes see a lost store.',
    );
  }
}
