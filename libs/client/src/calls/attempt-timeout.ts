import { TransportError } from '../errors.js';

/** The server was given up. `afterMs` is shorter than an attempt may take where the caller's deadline was nearer. */
export class AttemptTimeout extends TransportError {
  constructor(
    name: string,
    pattern: string,
    readonly afterMs: number,
  ) {
    super(`${name} did not answer ${pattern} within ${Math.ceil(afterMs)} ms.`);
  }
}
