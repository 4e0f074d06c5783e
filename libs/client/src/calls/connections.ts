import type { Server } from '../servers/server.js';
import { Gate } from '../transport/gate.js';
import type { Connect, Connection } from '../transport/connection.port.js';

/** A connection with what it is used for. */
export interface Link {
  readonly name: string;
  readonly connection: Connection;
  /** To the connection, in the order of the calls. */
  readonly gate: Gate;
  underWay: number;
  /** Its server is no longer listed: closed after the last call under way. */
  leaving: boolean;
}

/** One connection to each server that is called, opened when it is needed. */
export class Connections {
  private readonly links = new Map<string, Link>();

  constructor(private readonly connect: Connect) {}

  /** For one call; give it back with `release`. */
  acquire(name: string, server: Server): Link {
    let link = this.links.get(name);
    if (!link) {
      const connection = this.connect(server);
      // The pool bounds how many may wait.
      const gate = new Gate(connection.capacity, Infinity);
      link = { name, connection, gate, underWay: 0, leaving: false };
      this.links.set(name, link);
    }
    link.underWay++;
    return link;
  }

  release(link: Link): void {
    link.underWay--;
    this.closeUnused(link);
  }

  /** Closes all but those of `names`, each once its calls have ended. */
  keep(names: ReadonlySet<string>): void {
    for (const link of this.links.values()) {
      link.leaving = !names.has(link.name);
      this.closeUnused(link);
    }
  }

  /** Those in line for this server have to find another. */
  refuseWaiting(name: string, reason: Error): void {
    this.links.get(name)?.gate.refuseAll(reason);
  }

  /** At once, calls under way or not; those in line are rejected with `reason`. */
  async close(reason: Error): Promise<void> {
    const links = [...this.links.values()];
    this.links.clear();
    for (const { gate } of links) gate.refuseAll(reason);
    await Promise.all(links.map(({ connection }) => connection.close()));
  }

  private closeUnused(link: Link): void {
    if (!link.leaving || link.underWay > 0 || !this.links.delete(link.name)) return;
    void link.connection.close();
  }
}
