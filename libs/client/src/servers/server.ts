/** One node, where it listens for the client's transport. */
export interface Server {
  readonly host: string;
  readonly port: number;
  /** Where it stands (an IDC); undefined where it does not say. */
  readonly zone?: string;
  /** Its share of the calls beside the others of its zone. None for 0. */
  readonly weight: number;
}

/** Tells servers apart: `host:port`. */
export const nameOf = ({ host, port }: Server): string => `${host}:${port}`;
