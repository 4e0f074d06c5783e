import { z } from 'zod';

/** What the schema alone does not say about one setting: its variable, its meaning, its text form. */
export interface SettingMeta {
  env: string;
  meaning: string;
  /** Completes the sentence "must be …". */
  allowed: string;
  /** The value may hold a password: it is never shown in an error and is redacted when printed. */
  secret?: boolean;
  /** Undoes the text form of a variable. Text of the wrong form comes back as it is, for the schema to refuse. */
  fromText: (text: string) => unknown;
}

export const settingMeta = z.registry<SettingMeta>();

export interface Setting extends SettingMeta {
  /** The YAML key with dots between the parts, such as `http.port`. */
  key: string;
  optional: boolean;
}

/** All settings of a schema, in its order. A leaf without meta data is a bug in the schema. */
export function listSettings(schema: z.ZodObject, path: readonly string[] = []): Setting[] {
  return Object.entries<unknown>(schema.shape).flatMap(([name, child]) => {
    const childPath = [...path, name];
    if (child instanceof z.ZodObject) return listSettings(child, childPath);
    const optional = child instanceof z.ZodOptional;
    const leaf: unknown = optional ? child.unwrap() : child;
    const meta = leaf instanceof z.ZodType ? settingMeta.get(leaf) : undefined;
    if (!meta) throw new Error(`the schema says nothing about ${childPath.join('.')}`);
    return [{ ...meta, key: childPath.join('.'), optional }];
  });
}
