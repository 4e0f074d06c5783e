import { z } from 'zod';
import { IdunError } from '#contracts';
import { MAX_ID_LIMIT, type KeyChange, type NewKey } from '#core';
import { objectIn } from '../http/json-body.js';

/** What the column holds. */
const MAX_STEP = 2 ** 31 - 1;
const MAX_RATE = 1_000_000_000;
/** Code points, all of which UTF-8 has. */
const DESCRIPTION = /^\P{Cs}{0,256}$/u;
const DEFAULT_STEP = 1_000;

/** A JSON number loses bits beyond 2^53, so one is taken only below. */
const id = z
  .union([
    z.string().regex(/^[1-9]\d{0,18}$/),
    z
      .int()
      .min(1)
      .transform((value) => String(value)),
  ])
  .transform(BigInt)
  .refine((value) => value <= MAX_ID_LIMIT);

const step = z.int().min(1).max(MAX_STEP);
const description = z.string().regex(DESCRIPTION);

const newKey = z.strictObject({
  start: id.refine((value) => value < MAX_ID_LIMIT).optional(),
  step: step.optional(),
  description: description.nullish(),
});

const change = z.strictObject({
  step: step.optional(),
  description: description.nullish(),
  suspended: z.boolean().optional(),
  ratePerSecond: z.int().min(1).max(MAX_RATE).nullish(),
});

const advance = z.union([z.strictObject({ to: id }), z.strictObject({ by: id })]);

/** What each field takes, for whoever sent something else. */
const RULES: Record<string, string> = {
  start: 'the first id, a decimal string from 1 on',
  step: `a whole number from 1 to ${MAX_STEP}`,
  description: 'a string of at most 256 characters, or null',
  suspended: 'true or false',
  ratePerSecond: `a whole number from 1 to ${MAX_RATE}, or null for no limit`,
};

const HINTS: Record<string, string> = {
  format: 'format is not built yet: ids are plain numbers.',
  maxId: 'maxId is moved by POST /api/keys/:key/advance.',
};

/** @throws `BODY_INVALID`, as all here do */
export function readNewKey(key: string, body: unknown): NewKey {
  const { start = 1n, step: wanted = DEFAULT_STEP, description: text } = read(newKey, body);
  return { key, start, step: wanted, description: text ?? undefined };
}

export function readChange(body: unknown): KeyChange {
  const wanted = read(change, body);
  if (Object.keys(wanted).length === 0) throw invalid('The body names nothing to change.');
  return wanted;
}

export function readAdvance(body: unknown): { to: bigint } | { by: bigint } {
  const parsed = advance.safeParse(objectIn(body));
  if (parsed.success) return parsed.data;
  throw invalid('The body is {"to": id} or {"by": count}, a decimal string from 1 on.');
}

function read<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(objectIn(body));
  if (parsed.success) return parsed.data;
  throw invalid(parsed.error.issues.flatMap(sentencesOf).join(' '));
}

function sentencesOf(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => HINTS[key] ?? `${JSON.stringify(key)} is no field here.`);
  }
  const field = String(issue.path[0]);
  return [`${field} is ${RULES[field]}.`];
}

const invalid = (detail: string) => new IdunError('BODY_INVALID', detail);
