import { IdunError } from '#contracts';
import { MAX_WEIGHT } from '../config/index.js';

export interface NodeChange {
  draining?: boolean;
  weight?: number;
}

/** What is to be changed of a node. @throws `BODY_INVALID` */
export function readNodeChange(body: object): NodeChange {
  for (const [name, value] of Object.entries(body)) {
    if (name === 'draining') assertField(typeof value === 'boolean', 'draining is true or false.');
    else if (name === 'weight')
      assertField(isWeight(value), `weight is a number from 0 to ${MAX_WEIGHT}.`);
    else assertField(false, `There is no '${name}' to change: send draining, weight or both.`);
  }
  return body;
}

function assertField(isValid: boolean, detail: string): void {
  if (!isValid) throw new IdunError('BODY_INVALID', detail);
}

function isWeight(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= MAX_WEIGHT;
}
