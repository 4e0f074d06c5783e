import { readFile, writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';

const BEGIN = '<!-- simulation:begin -->';
const END = '<!-- simulation:end -->';

/** Puts `text` between the markers of a Markdown file, in the project's format. */
export async function writeIntoDocument(file: string, text: string): Promise<void> {
  const document = await readFile(file, 'utf8');
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`${file} has no ${BEGIN} and ${END}`);
  const written = `${document.slice(0, begin + BEGIN.length)}\n\n${text}\n\n${document.slice(end)}`;
  const style = await resolveConfig(file);
  await writeFile(file, await format(written, { ...style, filepath: file }));
}
