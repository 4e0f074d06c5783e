import type { AdminKey, AuditState, KeyRecord } from '#core';
import { positive } from '../sql/sql-keys.js';
import type { ControlRow } from './key-controls.js';

/** A key as operators see it. */
export function shown(record: KeyRecord, { suspended, ratePerSecond }: ControlRow): AdminKey {
  const { key, maxId, step, description } = record;
  const counts = { maxId: positive(maxId), step: Math.max(1, step) };
  return { key, ...counts, description, suspended, ratePerSecond };
}

/** The same for the audit. */
export function stateOf(key: AdminKey | undefined): AuditState {
  if (!key) return {};
  const { maxId, step, description, suspended, ratePerSecond } = key;
  return {
    maxId: String(maxId),
    step,
    description: description ?? null,
    suspended,
    ratePerSecond: ratePerSecond ?? null,
  };
}
