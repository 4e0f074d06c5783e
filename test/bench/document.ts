import { readFile, writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';

const BEGIN = '<!-- bench:begin -->';
const END = '<!-- bench:end -->';

/** Puts `text` between the markers of a Markdown file, in the project's format. */
export async function writeIntoDocument(file: string, text: string): Promise<void> {
  const document = replaceBetweenMarkers(await readFile(file, 'utf8'), text);
  const style = await resolveConfig(file);
  await writeFile(file, await format(document, { ...style, filepath: file }));
}

export function replaceBetweenMarkers(document: string, text: string): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`the document has no ${BEGIN} and ${END}`);
  return `${document.slice(0, begin + BEGIN.length)}\n\n${text}\n\n${document.slice(end)}`;
}
