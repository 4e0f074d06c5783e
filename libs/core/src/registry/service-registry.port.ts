/** What changes of a node while it is known; where it listens does not. */
export interface NodeState {
  /** How much of the calls it should get, against the other nodes; 0 for none. */
  readonly weight: number;
  /** Undefined where snowflake is switched off. */
  readonly workerId: number | undefined;
}

/**
 * Where callers find the nodes. None of it throws or waits for a registry: what cannot be done now is tried again in
 * the background.
 */
export interface ServiceRegistry {
  /** This node takes calls, in this state. Cheap where nothing has changed. */
  announce(state: NodeState): void;
  /** This node takes no calls. Resolves once callers have been told, at the latest after a second. */
  withdraw(): Promise<void>;
  /** Ends all work in the background. A node that is announced stays so until the registry misses it: withdraw first. */
  close(): Promise<void>;
}
