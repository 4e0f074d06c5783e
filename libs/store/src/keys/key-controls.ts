import type { KeyControl, KeyControls } from '#core';
import type { SqlRow, SqlSession } from '../sql/sql-database.js';
import { idIn } from '../sql/sql-keys.js';

/** A row of `idun_key_control`. */
export interface ControlRow extends KeyControl {
  /** Of a key that was deleted: the end of all that it gave. */
  readonly givenBelow: bigint | undefined;
}

export const NO_CONTROL: ControlRow = {
  suspended: false,
  ratePerSecond: undefined,
  givenBelow: undefined,
};

const COLUMNS = `biz_tag, suspended, rate_per_second, CAST(given_below AS CHAR) AS given_below`;
/** What no row has: then all is told each time. */
const NO_REVISION = -1n;

export async function readControl(sql: SqlSession, key: string): Promise<ControlRow> {
  return (await readControls(sql, [key])).get(key) ?? NO_CONTROL;
}

export async function readControls(
  sql: SqlSession,
  keys: readonly string[],
): Promise<Map<string, ControlRow>> {
  if (keys.length === 0) return new Map();
  const { rows } = await sql.run(
    `SELECT ${COLUMNS} FROM idun_key_control WHERE biz_tag IN (${keys.map(() => '?').join(', ')})`,
    keys,
  );
  return new Map(rows.map(controlOf));
}

/** For every node to see, which they do by the revision: the last statement of its transaction, as all changes wait for it. */
export async function writeControl(
  sql: SqlSession,
  key: string,
  { suspended, ratePerSecond, givenBelow }: ControlRow,
): Promise<void> {
  if (suspended || ratePerSecond !== undefined || givenBelow !== undefined) {
    await sql.run(
      `REPLACE INTO idun_key_control (biz_tag, suspended, rate_per_second, given_below)
       VALUES (?, ?, ?, ?)`,
      [key, suspended ? 1 : 0, ratePerSecond ?? null, givenBelow ?? null],
    );
  } else {
    await sql.run('DELETE FROM idun_key_control WHERE biz_tag = ?', [key]);
  }
  await sql.run('UPDATE idun_store SET revision = revision + 1 WHERE id = 1');
}

export async function readAllControls(
  sql: SqlSession,
  seen: bigint | undefined,
): Promise<KeyControls | undefined> {
  // First the revision: what is changed in between is read once more, and never missed.
  const { rows: stores } = await sql.run(
    'SELECT CAST(revision AS CHAR) AS revision FROM idun_store WHERE id = 1',
  );
  const revision = idIn(stores[0], 'revision') ?? NO_REVISION;
  if (revision === seen && revision !== NO_REVISION) return undefined;
  const { rows } = await sql.run(`SELECT ${COLUMNS} FROM idun_key_control`);
  const controls = new Map<string, KeyControl>();
  const deleted = new Set<string>();
  for (const [key, { suspended, ratePerSecond, givenBelow }] of rows.map(controlOf)) {
    if (givenBelow !== undefined) deleted.add(key);
    if (suspended || ratePerSecond !== undefined) controls.set(key, { suspended, ratePerSecond });
  }
  return { revision, controls, deleted };
}

function controlOf(row: SqlRow): [string, ControlRow] {
  const { rate_per_second: rate } = row;
  return [
    String(row['biz_tag']),
    {
      suspended: Number(row['suspended']) === 1,
      ratePerSecond: rate === null ? undefined : Number(rate),
      givenBelow: idIn(row, 'given_below'),
    },
  ];
}
