/**
 * The number in `?count=`, or NaN, which no generator accepts, for what is not one plain decimal number:
 * repeated, signed, padded, fractional or in another notation.
 */
export function readCount(text: unknown): number {
  return typeof text === 'string' && /^[1-9]\d{0,4}$/.test(text) ? Number(text) : Number.NaN;
}

/** The number in `?size=`, or NaN, as for a count. */
export function readSize(text: unknown): number {
  return typeof text === 'string' && /^[1-9]\d{0,9}$/.test(text) ? Number(text) : Number.NaN;
}
