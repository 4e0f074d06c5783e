import { describe, expect, it } from 'vitest';
import { fixed, percent, whole, withEnds } from './markdown.js';

describe('a figure', () => {
  it('has its decimals', () => expect(fixed(1.005, 1)).toBe('1.0'));
  it('has its thousands apart', () => expect(whole(1_234_567.8)).toBe('1,234,568'));
  it('is shown with its spread', () =>
    expect(withEnds({ median: 1.234, min: 1, max: 2 }, 2)).toBe('1.23 (1.00 to 2.00)'));
  it('is shown in percent', () => expect(percent(0.987)).toBe('99 %'));

  it.each([fixed(undefined, 1), fixed(Number.NaN, 1), withEnds(undefined, 1), percent(undefined)])(
    'that is missing is a dash',
    (text) => expect(text).toContain('–'),
  );
});
