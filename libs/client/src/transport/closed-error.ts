import { TransportError } from '../errors.js';
import { nameOf, type Server } from '../servers/server.js';

/** What a call gets after `close()` of its connection. */
export const closedError = (server: Server): TransportError =>
  new TransportError(`The connection to ${nameOf(server)} was closed by this process.`);
