/** Another connection holds the lock, or moved on under this one: the statement was not carried out. */
export function isBusy(error: unknown): boolean {
  return /^SQLITE_(BUSY|LOCKED)/.test(codeOf(error));
}

export function isPrimaryKeyTaken(error: unknown): boolean {
  return /^SQLITE_CONSTRAINT_(PRIMARYKEY|UNIQUE|ROWID)$/.test(codeOf(error));
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  // TypeORM wraps the driver's error.
  return 'driverError' in error ? codeOf(error.driverError) : '';
}
