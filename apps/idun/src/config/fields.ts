import { isIP } from 'node:net';
import { z } from 'zod';
import { settingMeta, type SettingMeta } from './setting.js';

const MAX_PASSWORD = 512;
const asIs = (text: string): unknown => text;
const WHOLE_NUMBER = /^(0|[1-9]\d*)$/;
const DECIMAL = /^(0|[1-9]\d*)(\.\d+)?$/;
const HOST_NAME =
  /^(?=.{1,253}$)[a-z\d]([a-z\d-]{0,61}[a-z\d])?(\.[a-z\d]([a-z\d-]{0,61}[a-z\d])?)*\.?$/i;
/** Printable, and no white space at the ends: such a value is a slip of the one who wrote it. */
const TEXT = /^(?!\s)[^\p{Cc}]+(?<!\s)$/u;

function described<T extends z.ZodType>(schema: T, meta: SettingMeta): T {
  settingMeta.add(schema, meta);
  return schema;
}

export const wholeNumber = (env: string, meaning: string, min: number, max: number) =>
  described(z.int().min(min).max(max), {
    env,
    meaning,
    allowed: `a whole number from ${min} to ${max}`,
    fromText: (text) => (WHOLE_NUMBER.test(text) ? Number(text) : text),
  });

export const port = (env: string, meaning: string) => wholeNumber(env, meaning, 0, 65_535);

export const fraction = (env: string, meaning: string) =>
  described(z.number().gt(0).lt(1), {
    env,
    meaning,
    allowed: 'a number above 0 and below 1, such as 0.5',
    fromText: (text) => (DECIMAL.test(text) ? Number(text) : text),
  });

export const decimal = (env: string, meaning: string, max: number) =>
  described(z.number().min(0).max(max), {
    env,
    meaning,
    allowed: `a number from 0 to ${max}, such as 0.5`,
    fromText: (text) => (DECIMAL.test(text) ? Number(text) : text),
  });

export const flag = (env: string, meaning: string) =>
  described(z.boolean(), {
    env,
    meaning,
    allowed: 'true or false',
    fromText: (text) => (text === 'true' || text === 'false' ? text === 'true' : text),
  });

export const oneOf = <const T extends string>(
  env: string,
  meaning: string,
  values: readonly T[],
  note = '',
) =>
  described(z.enum(values), {
    env,
    meaning,
    allowed: `${values.slice(0, -1).join(', ')} or ${values.at(-1)}${note}`,
    fromText: asIs,
  });

export const checkedText = (
  env: string,
  meaning: string,
  isValid: (text: string) => boolean,
  allowed: string,
) => described(z.string().refine(isValid), { env, meaning, allowed, fromText: asIs });

const isHost = (text: string) => isIP(text) > 0 || HOST_NAME.test(text);

export const host = (env: string, meaning: string) =>
  checkedText(env, meaning, isHost, 'a host name or an IP address');

export const text = (
  env: string,
  meaning: string,
  maxLength: number,
  allowed = `text of 1 to ${maxLength} characters without white space at its ends`,
) =>
  described(z.string().max(maxLength).regex(TEXT), {
    env,
    meaning,
    allowed,
    fromText: asIs,
  });

export const password = (env: string, meaning: string) =>
  described(z.string().max(MAX_PASSWORD).regex(TEXT), {
    env,
    meaning,
    allowed: `text of 1 to ${MAX_PASSWORD} characters without white space at its ends`,
    secret: true,
    fromText: asIs,
  });

/** Sent in a header, so it has only characters that need no escaping there. */
export const token = (env: string, meaning: string) =>
  described(z.string().regex(/^[\w.~+/=-]{16,512}$/), {
    env,
    meaning,
    allowed: '16 to 512 letters, digits and characters of -._~+/=',
    secret: true,
    fromText: asIs,
  });

/** A list that a variable holds with commas between its items; a comma within an item is not possible there. */
export const secretList = (
  env: string,
  meaning: string,
  isItem: (text: string) => boolean,
  allowed: string,
) =>
  described(z.array(z.string().refine(isItem)).min(1), {
    env,
    meaning,
    allowed,
    secret: true,
    fromText: (list) => list.split(','),
  });
