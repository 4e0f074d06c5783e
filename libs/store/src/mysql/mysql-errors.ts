/** Server error numbers, of MySQL and MariaDB alike. */
const NO_SUCH_TABLE = 1146;
const DUPLICATE = 1062;
const DEADLOCK = 1213;
/** A key that the table's character set cannot hold: comparing it needs a conversion that does not exist. */
const NOT_CONVERTIBLE = [1267, 1366, 1977, 3854, 3988];
const READ_ONLY = [1290, 1792, 1836];
/** The account may not do this. */
const DENIED = [1044, 1142, 1227];
/** It may not do it with this table, or some columns of it. */
const TABLE_DENIED = [1142, 1143];
const NO_SUCH_COLUMN = 1054;

export const isDuplicate = (error: unknown) => errnoOf(error) === DUPLICATE;

/** The server rolled the statement back to let another one through. */
export const isDeadlock = (error: unknown) => errnoOf(error) === DEADLOCK;

export const isNotConvertible = (error: unknown) => among(NOT_CONVERTIBLE, error);

export const isNoSuchTable = (error: unknown) => errnoOf(error) === NO_SUCH_TABLE;

export const isReadOnly = (error: unknown) => among(READ_ONLY, error);

/** Tables cannot be made here, and trying again in a second changes nothing. */
export const isForbidden = (error: unknown) => among([...DENIED, ...READ_ONLY], error);

/** For this account the table is as good as not there. */
export const isMissing = (error: unknown) => isNoSuchTable(error) || among(TABLE_DENIED, error);

/** The connection is gone. */
export const isFatal = (error: unknown) =>
  error instanceof Error && 'fatal' in error && error.fatal === true;

/** The error of a statement with what an operator should know about it. */
export function explained(error: unknown): unknown {
  const isUnmigrated = isNoSuchTable(error) || errnoOf(error) === NO_SUCH_COLUMN;
  if (!isUnmigrated || !(error instanceof Error)) return error;
  return new Error(
    `${error.message}: let an account that may create tables run the migrations once.`,
    { cause: error },
  );
}

function among(numbers: readonly number[], error: unknown): boolean {
  const errno = errnoOf(error);
  return errno !== undefined && numbers.includes(errno);
}

function errnoOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('errno' in error && typeof error.errno === 'number') return error.errno;
  // TypeORM wraps the driver's error.
  return 'driverError' in error ? errnoOf(error.driverError) : undefined;
}
