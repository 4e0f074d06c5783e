import { IdunError } from '../../../contracts/src/index.js';

/** The deadline of a call came while it was in line for a server: it was never sent. */
export class CrowdedError extends IdunError {
  constructor(name: string, capacity: number) {
    super(
      'OVERLOADED',
      `The ${capacity} calls that ${name} is sent at a time left no room before the deadline: make fewer at once, or take many ids with one call.`,
    );
  }
}
