export interface Column {
  title: string;
  isRight?: boolean;
  /** Gives way where the table is wider than the terminal. */
  isFlexible?: boolean;
}

const GAP = '  ';
const MIN_WIDTH = 8;

/** Aligned columns under their titles; each line without spaces at its end. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  maxWidth = Number.POSITIVE_INFINITY,
): string {
  const clean = rows.map((row) => row.map(printable));
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...clean.map((row) => row[index]!.length)),
  );
  const total = widths.reduce((sum, width) => sum + width, GAP.length * (columns.length - 1));
  const flexible = columns.findIndex((column) => column.isFlexible);
  if (flexible >= 0 && total > maxWidth) {
    widths[flexible] = Math.max(MIN_WIDTH, widths[flexible]! - (total - maxWidth));
  }
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => fit(cell, widths[index]!, columns[index]!.isRight === true))
      .join(GAP)
      .trimEnd();
  return [columns.map(({ title }) => title), ...clean].map(line).join('\n');
}

function fit(cell: string, width: number, isRight: boolean): string {
  if (cell.length > width) return `${cell.slice(0, width - 1)}…`;
  return isRight ? cell.padStart(width) : cell.padEnd(width);
}

/** What somebody named his node must not move the cursor. */
function printable(cell: string): string {
  return cell.replaceAll(/\p{C}/gu, '?');
}
