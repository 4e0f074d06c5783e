import type { Server } from '../servers/server.js';
import type { Connect, Connection } from '../transport/connection.port.js';

/** A connection with what it is used for. */
export interface Link {
  readonly name: string;
  readonly connection: Connection;
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
      link = { name, connection: this.connect(server), underWay: 0, leaving: false };
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

  /** At once, calls under way or not. */
  async close(): Promise<void> {
    const links = [...this.links.values()];
    this.links.clear();
    await Promise.all(links.map(({ connection }) => connection.close()));
  }

  private closeUnused(link: Link): void {
    if (!link.leaving || link.underWay > 0 || !this.links.delete(link.name)) return;
    void link.connection.close();
  }
}
