import type { MigrationInterface, QueryRunner } from 'typeorm';

/** One row per worker id that was ever registered. Times that matter are milliseconds since the Unix epoch. */
export class MySqlCreateIdunWorker1763000000002 implements MigrationInterface {
  name = 'CreateIdunWorker1763000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE IF NOT EXISTS idun_worker (
      worker_id int NOT NULL,
      instance varchar(255) NOT NULL,
      owner varchar(255) NOT NULL,
      version bigint NOT NULL,
      reserved_until bigint NOT NULL,
      last_timestamp bigint NOT NULL,
      released tinyint NOT NULL DEFAULT 0,
      registered_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
      updated_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3),
      PRIMARY KEY (worker_id)
    ) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin`);
  }

  async down(): Promise<void> {
    throw new Error('idun_worker holds the reservations: dropping it could give ids again.');
  }
}
