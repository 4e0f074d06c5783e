import type { Spread } from './statistics.js';

/** What a figure is that could not be measured. */
export const NONE = '–';

/** `1.13 (1.11 to 1.18)`: the median and the ends. */
export function withEnds(value: Spread | undefined, decimals: number): string {
  if (value === undefined) return NONE;
  const { median, min, max } = value;
  return `${fixed(median, decimals)} (${fixed(min, decimals)} to ${fixed(max, decimals)})`;
}

export function fixed(value: number | undefined, decimals: number): string {
  return value === undefined || Number.isNaN(value) ? NONE : value.toFixed(decimals);
}

export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

export function percent(share: number | undefined): string {
  return share === undefined || Number.isNaN(share) ? NONE : `${fixed(share * 100, 0)} %`;
}
