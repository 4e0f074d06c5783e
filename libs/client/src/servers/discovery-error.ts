/** The servers cannot be found out: the message says where, why, and whether a user name or a password is to blame. */
export class DiscoveryError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DiscoveryError';
  }
}
