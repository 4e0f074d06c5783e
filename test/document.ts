import { readFile, writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';

/** Puts `text` between the markers `name` of a Markdown file, in the project's format. */
export async function writeIntoDocument(file: string, name: string, text: string): Promise<void> {
  const document = replaceBetweenMarkers(await readFile(file, 'utf8'), name, text);
  const style = await resolveConfig(file);
  await writeFile(file, await format(document, { ...style, filepath: file }));
}

export function replaceBetweenMarkers(document: string, name: string, text: string): string {
  const [beginMarker, endMarker] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const begin = document.indexOf(beginMarker);
  const end = document.indexOf(endMarker);
  if (begin < 0 || end < begin) {
    throw new Error(`the document has no ${beginMarker} and ${endMarker}`);
  }
  return `${document.slice(0, begin + beginMarker.length)}\n\n${text}\n\n${document.slice(end)}`;
}

/** The first column to the left, figures to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = line(head.map((_, column) => (column === 0 ? '---' : '--:')));
  return [line(head), rule, ...rows.map(line)].join('\n');
}
