import type { StoreProof } from '#core';
import type { SegmentDialect } from './segment-dialect.js';
import type { SqlRow, SqlSession } from './sql-database.js';
import { idIn } from './sql-keys.js';

/** What `idun_key` has of a key. */
export interface RangeCount {
  /** How many of its ranges were given, or more after a heal. */
  leases: bigint;
  /** Ids in the largest of them. */
  largest: bigint;
}

const STORE_ID = 1;

export async function readCount(sql: SqlSession, key: string): Promise<RangeCount> {
  const { rows } = await sql.run(
    `SELECT CAST(leases AS CHAR) AS leases, CAST(largest AS CHAR) AS largest
     FROM idun_key WHERE biz_tag = ?`,
    [key],
  );
  return { leases: idIn(rows[0], 'leases') ?? 0n, largest: idIn(rows[0], 'largest') ?? 0n };
}

/** On the connection that gave the range, after it. */
export async function readProof(
  sql: SqlSession,
  dialect: SegmentDialect,
  key: string,
): Promise<StoreProof | undefined> {
  const identity = await dialect.identityOf(sql);
  let row = await proofRow(sql, key);
  if (!row) {
    await recordServer(sql, dialect);
    row = await proofRow(sql, key);
  }
  const [leases, epoch] = [idIn(row, 'leases'), idIn(row, 'epoch')];
  if (leases === undefined || epoch === undefined) return undefined;
  return { leases, epoch, isKnownServer: row?.['identity'] === identity };
}

async function proofRow(sql: SqlSession, key: string): Promise<SqlRow | undefined> {
  const { rows } = await sql.run(
    `SELECT CAST(k.leases AS CHAR) AS leases, CAST(s.epoch AS CHAR) AS epoch, s.identity AS identity
     FROM idun_store s JOIN idun_key k ON k.biz_tag = ? WHERE s.id = ${STORE_ID}`,
    [key],
  );
  return rows[0];
}

/** The server on record, in a transaction that may put another one there. */
export async function lockServer(
  sql: SqlSession,
  { forUpdate }: SegmentDialect,
): Promise<{ identity: string; epoch: bigint } | undefined> {
  const { rows } = await sql.run(
    `SELECT identity, CAST(epoch AS CHAR) AS epoch FROM idun_store WHERE id = ${STORE_ID} ${forUpdate}`,
  );
  const epoch = idIn(rows[0], 'epoch');
  return epoch === undefined ? undefined : { identity: String(rows[0]!['identity']), epoch };
}

export async function putServer(sql: SqlSession, identity: string, epoch: bigint): Promise<void> {
  await sql.run(`UPDATE idun_store SET identity = ?, epoch = ? WHERE id = ${STORE_ID}`, [
    identity,
    epoch,
  ]);
}

/** Takes the server that answers for the one on record where none is; of many nodes at once, one does. */
export async function recordServer(sql: SqlSession, dialect: SegmentDialect): Promise<void> {
  const { rows } = await sql.run(`SELECT 1 FROM idun_store WHERE id = ${STORE_ID}`);
  if (rows.length > 0) return;
  const identity = await dialect.identityOf(sql);
  await sql.run(
    `${dialect.insertIgnore} INTO idun_store (id, identity, epoch, revision)
     VALUES (${STORE_ID}, ?, 1, 0)`,
    [identity],
  );
}
