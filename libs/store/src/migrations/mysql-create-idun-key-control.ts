import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What operators have laid down for a key. A row may be deleted: the key is then free of it. `given_below`: of a key that
 * was deleted, the end of all that was given; made anew it begins there or above.
 */
export class MySqlCreateIdunKeyControl1763000000007 implements MigrationInterface {
  name = 'CreateIdunKeyControl1763000000007';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE IF NOT EXISTS idun_key_control (
      biz_tag varchar(128) NOT NULL,
      suspended tinyint NOT NULL,
      rate_per_second int DEFAULT NULL,
      given_below bigint DEFAULT NULL,
      PRIMARY KEY (biz_tag)
    ) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin`);
  }

  async down(): Promise<void> {
    throw new Error(
      'idun_key_control tells what deleted keys have given: it is not to be dropped.',
    );
  }
}
