import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What operators changed by hand. Rows are only ever added. */
export class MySqlCreateIdunAudit1763000000003 implements MigrationInterface {
  name = 'CreateIdunAudit1763000000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE IF NOT EXISTS idun_audit (
      id bigint NOT NULL AUTO_INCREMENT,
      at_ms bigint NOT NULL,
      action varchar(64) NOT NULL,
      subject varchar(255) NOT NULL,
      actor varchar(255) NOT NULL,
      reason varchar(1000) DEFAULT NULL,
      state_before text NOT NULL,
      state_after text NOT NULL,
      PRIMARY KEY (id)
    ) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin`);
  }

  async down(): Promise<void> {
    throw new Error('idun_audit tells what operators did: it is not to be dropped.');
  }
}
