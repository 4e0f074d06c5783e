import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

export interface CodeBlock {
  /** What stands in the comment `<!-- run: … -->` before it: the block is a test of itself. */
  readonly run: string | undefined;
  readonly language: string;
  readonly code: string;
}

export interface Link {
  /** As written: a URL, a path, or `path#anchor`. */
  readonly target: string;
  readonly line: number;
}

const NOT_OURS = new Set(['node_modules', 'dist', 'data', 'coverage']);

/** All Markdown files under `folder`, as paths relative to it. */
export function markdownFiles(folder: string, at = folder): string[] {
  return readdirSync(at, { withFileTypes: true }).flatMap((entry) => {
    const path = join(at, entry.name);
    if (entry.isDirectory()) {
      return NOT_OURS.has(entry.name) || entry.name.startsWith('.')
        ? []
        : markdownFiles(folder, path);
    }
    return entry.name.endsWith('.md') ? [relative(folder, path)] : [];
  });
}

export function codeBlocks(file: string): CodeBlock[] {
  const blocks = readFileSync(file, 'utf8').matchAll(
    /(?:^<!-- run: (\w+) -->\n\n)?^```(\w*)\n([\s\S]*?)^```$/gm,
  );
  return Array.from(blocks, ([, run, language = '', code = '']) => ({ run, language, code }));
}

/** Outside of code. */
export function linksOf(file: string): Link[] {
  return proseLines(file).flatMap((text, index) =>
    Array.from(text.replace(/`[^`]*`/g, '').matchAll(/\]\(([^)\s]+)\)/g), ([, target = '']) => ({
      target,
      line: index + 1,
    })),
  );
}

/** The anchors of the headings, as GitHub makes them. */
export function anchorsOf(file: string): Set<string> {
  const anchors = new Set<string>();
  for (const line of proseLines(file)) {
    const heading = /^#{1,6} (.+)$/.exec(line)?.[1];
    if (heading === undefined) continue;
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
    let anchor = slug;
    for (let i = 1; anchors.has(anchor); i++) anchor = `${slug}-${i}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** The cells of the rows of every table, without heads. */
export function tableRows(text: string): string[][] {
  return Array.from(text.matchAll(/^\|.*\|\n\|[ :|-]+\|\n((?:\|.*\|\n?)+)/gm)).flatMap(([, body]) =>
    (body ?? '')
      .trim()
      .split('\n')
      .map((row) =>
        row
          .split(/(?<!\\)\|/)
          .slice(1, -1)
          .map((cell) => cell.trim()),
      ),
  );
}

/** The section under a heading, down to the next one of the same or a higher level. */
export function sectionOf(text: string, heading: string): string {
  const level = /^#+/.exec(heading)?.[0].length ?? 0;
  const lines = text.split('\n');
  const start = lines.indexOf(heading);
  if (start < 0) throw new Error(`no heading '${heading}'`);
  const length = lines
    .slice(start + 1)
    .findIndex((line) => (/^(#+) /.exec(line)?.[1]?.length ?? Infinity) <= level);
  return lines.slice(start + 1, length < 0 ? undefined : start + 1 + length).join('\n');
}

/** The lines with those of code blocks emptied, so that line numbers stay. */
function proseLines(file: string): string[] {
  let inCode = false;
  return readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => {
      const isFence = line.trimStart().startsWith('```');
      if (isFence) inCode = !inCode;
      return inCode || isFence ? '' : line;
    });
}
