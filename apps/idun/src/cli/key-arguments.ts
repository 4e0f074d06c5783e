import { InvalidArgumentError } from 'commander';
import { assertKey, IdunError } from '#contracts';
import { MAX_ID_LIMIT } from '#core';

export function keyName(text: string): string {
  try {
    assertKey(text);
    return text;
  } catch (error) {
    throw new InvalidArgumentError(error instanceof IdunError ? error.message : String(error));
  }
}

export function decimal(text: string): bigint {
  if (!/^[1-9]\d{0,18}$/.test(text)) {
    throw new InvalidArgumentError('It is a whole number from 1 on.');
  }
  return BigInt(text);
}

/** Above it no key has an id. */
export function firstId(text: string): bigint {
  const id = decimal(text);
  if (id >= MAX_ID_LIMIT) throw new InvalidArgumentError(`It is below ${MAX_ID_LIMIT}.`);
  return id;
}

export function upTo(most: number) {
  return (text: string): number => {
    const value = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : 0;
    if (value < 1 || value > most) {
      throw new InvalidArgumentError(`It is a whole number from 1 to ${most}.`);
    }
    return value;
  };
}
