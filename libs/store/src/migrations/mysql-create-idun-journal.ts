import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * `idun_journal`: the ranges that were given, where that is to be recorded, and what happened to a key beside them.
 * `idun_lease.confirmed`: a caller may have the range. `idun_lease.from_free`: its ids had been given back before.
 * `idun_lease.claim`: the witness has them by this claim.
 */
export class MySqlCreateIdunJournal1763000000006 implements MigrationInterface {
  name = 'CreateIdunJournal1763000000006';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE IF NOT EXISTS idun_journal (
      id bigint NOT NULL AUTO_INCREMENT,
      biz_tag varchar(128) NOT NULL,
      kind varchar(16) NOT NULL,
      start_id bigint NOT NULL,
      end_id bigint NOT NULL,
      holder varchar(255) NOT NULL,
      lease_id varchar(36) DEFAULT NULL,
      at_ms bigint NOT NULL,
      state varchar(16) DEFAULT NULL,
      returned_from bigint DEFAULT NULL,
      reason varchar(1000) DEFAULT NULL,
      PRIMARY KEY (id),
      KEY idun_journal_range (biz_tag, kind, start_id),
      KEY idun_journal_lease (lease_id),
      KEY idun_journal_age (at_ms)
    ) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin`);
    // One by one: MySQL has no IF NOT EXISTS here, and may have been killed in between.
    await addColumn(runner, 'confirmed', 'tinyint NOT NULL DEFAULT 1');
    await addColumn(runner, 'from_free', 'tinyint NOT NULL DEFAULT 0');
    await addColumn(runner, 'claim', 'bigint DEFAULT NULL');
  }

  async down(): Promise<void> {
    throw new Error('idun_lease.confirmed keeps ranges from callers: it is not to be dropped.');
  }
}

async function addColumn(runner: QueryRunner, name: string, definition: string): Promise<void> {
  const existing: unknown = await runner.query(
    `SELECT 1 FROM information_schema.columns
     WHERE table_schema = DATABASE() AND table_name = 'idun_lease' AND column_name = '${name}'`,
  );
  if (!Array.isArray(existing) || existing.length > 0) return;
  await runner.query(`ALTER TABLE idun_lease ADD COLUMN ${name} ${definition}`);
}
