import { expect, it } from 'vitest';
import { replaceOnce } from './mutants/build-mutant.js';

it('replaces a text that is there once, dollar signs as they are', () => {
  expect(replaceOnce('a b c', 'b', '$& $1', 'file')).toBe('a $& $1 c');
});

it.each(['a a', 'c'])('refuses to change %j', (text) => {
  expect(() => replaceOnce(text, 'a', 'b', 'file')).toThrow(/file has \d times, not once: a/);
});
