import { describe, expect, it } from 'vitest';
import { replaceBetweenMarkers, table } from './document.js';

describe('a table', () => {
  it('has its figures to the right', () =>
    expect(table(['', 'ids/s'], [['idun', '2']])).toBe(
      '|  | ids/s |\n| --- | --: |\n| idun | 2 |',
    ));
});

describe('a document', () => {
  const document = 'Above.\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nBelow.\n';

  it('gets the new text between its markers, and nothing else', () =>
    expect(replaceBetweenMarkers(document, 'bench', 'new')).toBe(
      document.replace('old', '\nnew\n'),
    ));

  it('without markers is an error', () =>
    expect(() => replaceBetweenMarkers('Text.', 'bench', 'new')).toThrow('has no'));
});
