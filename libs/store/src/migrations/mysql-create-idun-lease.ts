import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * `idun_lease`: one row per range that a caller was given, for as long as a repeated request must find it.
 * `idun_free_range`: what was given back and could not be put back into the counter. Such a row may be deleted at any
 * time: its ids are then never given.
 */
export class MySqlCreateIdunLease1763000000004 implements MigrationInterface {
  name = 'CreateIdunLease1763000000004';

  async up(runner: QueryRunner): Promise<void> {
    // Bytes, as a collation would pad a request id with blanks and take two for one.
    await runner.query(`CREATE TABLE IF NOT EXISTS idun_lease (
      lease_id varchar(36) NOT NULL,
      biz_tag varchar(128) NOT NULL,
      request_id varbinary(255) DEFAULT NULL,
      start_id bigint NOT NULL,
      end_id bigint NOT NULL,
      returned_from bigint DEFAULT NULL,
      created_ms bigint NOT NULL,
      PRIMARY KEY (lease_id),
      UNIQUE KEY idun_lease_request (biz_tag, request_id),
      KEY idun_lease_age (created_ms)
    ) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin`);
    await runner.query(`CREATE TABLE IF NOT EXISTS idun_free_range (
      biz_tag varchar(128) NOT NULL,
      start_id bigint NOT NULL,
      size bigint NOT NULL,
      PRIMARY KEY (biz_tag, start_id),
      KEY idun_free_range_size (biz_tag, size, start_id)
    ) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin`);
  }

  /** Loses ids and repeats none: what is not in a table is never given, and a lease can no longer be returned. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE IF EXISTS idun_free_range');
    await runner.query('DROP TABLE IF EXISTS idun_lease');
  }
}
