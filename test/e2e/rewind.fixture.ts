import type { Database, IdunServer } from '../../libs/testing/src/servers/index.js';

/** A copy of all tables of a database, to be put back as a backup is. */
export interface Backup {
  restore(): Promise<void>;
}

/** Taken, and put back, in one transaction: what is given meanwhile waits. */
export async function backUp(mysql: Database, database: string): Promise<Backup> {
  const tables = (
    await mysql.query(
      `SELECT table_name AS name FROM information_schema.tables
       WHERE table_schema = '${database}' AND table_name NOT LIKE 'backup%'`,
    )
  ).map((row) => String(row['name']));
  const copies = tables.map(
    (table) =>
      `DROP TABLE IF EXISTS backup_${table}; CREATE TABLE backup_${table} SELECT * FROM ${table};`,
  );
  await mysql.query(copies.join('\n'), database);
  return {
    async restore() {
      const back = tables.map(
        (table) => `DELETE FROM ${table}; INSERT INTO ${table} SELECT * FROM backup_${table};`,
      );
      await mysql.query(`START TRANSACTION; ${back.join('\n')} COMMIT`, database);
    },
  };
}

/** Callers of single ids and of small batches, who note what they get, when, and what is refused. */
export class NotingLoad {
  readonly ids: bigint[] = [];
  readonly refusals: string[] = [];
  /** When the last call was answered with ids, by the monotonic clock. */
  answeredAtMs = 0;
  private isRunning = true;
  private readonly callers: Promise<void>[];

  constructor(nodes: readonly IdunServer[], key: string, count: number) {
    const url = `/api/segment/get/${key}`;
    this.callers = nodes.flatMap(({ httpUrl }) => [
      this.call(`${httpUrl}${url}`),
      this.call(`${httpUrl}${url}?count=${count}`),
    ]);
  }

  async stop(): Promise<void> {
    this.isRunning = false;
    await Promise.all(this.callers);
  }

  /** Ids that came more than once. */
  twice(): bigint[] {
    const sorted = BigInt64Array.from(this.ids).toSorted();
    return [...sorted].filter((id, i) => id === sorted[i - 1]);
  }

  private async call(url: string): Promise<void> {
    while (this.isRunning) {
      // oxlint-disable no-await-in-loop -- a caller's sequence
      try {
        const response = await fetch(url);
        const text = await response.text();
        if (response.ok) this.note(text);
        else this.refusals.push((JSON.parse(text) as { code: string }).code);
      } catch (error) {
        this.refusals.push(String(error));
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
      // oxlint-enable no-await-in-loop
    }
  }

  private note(text: string): void {
    const ids = text.startsWith('[') ? (JSON.parse(text) as string[]) : [text];
    for (const id of ids) this.ids.push(BigInt(id));
    this.answeredAtMs = performance.now();
  }
}
