import type { ClientClock } from '../clock.js';
import { nameOf, type Server } from '../servers/server.js';
import { Ejection, type Trial } from './ejection.js';

/** A server that can be chosen. */
export interface Candidate {
  readonly name: string;
  /** As in the last list that has it. */
  server: Server;
  readonly ejection: Ejection;
}

export interface Choice {
  readonly candidate: Candidate;
  /** To be ended at the candidate's ejection. Another one once a call that was in line is sent. */
  trial: Trial;
}

/**
 * Chooses a server for each call: of the client's zone while one there is available, then of the others; among equals
 * at random by weight. Random rather than in turns, as that needs no state that would have to follow the list, ejections
 * and zones, and as many clients that start at once do not begin with the same server.
 */
export class Balancer {
  private candidates = new Map<string, Candidate>();
  /** Those with a weight, in the client's zone or where there is no telling. */
  private near: Candidate[] = [];
  private far: Candidate[] = [];

  constructor(
    private readonly zone: string | undefined,
    private readonly clock: ClientClock,
    /** From 0 to 1, 1 excluded. */
    private readonly random: () => number,
  ) {}

  /** From now on `servers` and no others; those that stay keep their ejections. */
  update(servers: readonly Server[]): void {
    const before = this.candidates;
    this.candidates = new Map();
    for (const server of servers) {
      const name = nameOf(server);
      const candidate = before.get(name) ?? { name, server, ejection: new Ejection() };
      candidate.server = server;
      this.candidates.set(name, candidate);
      before.delete(name);
    }
    for (const { ejection } of before.values()) ejection.retire();
    const open = [...this.candidates.values()].filter(({ server }) => server.weight > 0);
    this.near = open.filter(({ server }) => this.isNear(server));
    this.far = open.filter(({ server }) => !this.isNear(server));
  }

  /**
   * A server that is not in `tried` (names), begun as a trial; while all are ejected, the one that is so for the shortest
   * time, as being wrong about all of them must not be an outage. Undefined where there is none, or where those that
   * are available were all tried.
   */
  choose(tried?: ReadonlySet<string>): Choice | undefined {
    const now = this.clock.monotonicMs();
    const candidate =
      this.byWeight(this.near, now, tried) ??
      this.byWeight(this.far, now, tried) ??
      this.lastResort(now, tried);
    return candidate && { candidate, trial: candidate.ejection.begin(now) };
  }

  private isNear({ zone }: Server): boolean {
    return !this.zone || !zone || zone === this.zone;
  }

  private byWeight(
    group: readonly Candidate[],
    now: number,
    tried: ReadonlySet<string> | undefined,
  ): Candidate | undefined {
    let total = 0;
    let chosen: Candidate | undefined;
    for (const candidate of group) {
      if (!candidate.ejection.isAvailable(now) || tried?.has(candidate.name)) continue;
      const { weight } = candidate.server;
      total += weight;
      // Takes over with its share of what was seen so far, which leaves the others with theirs.
      if (this.random() * total < weight) chosen = candidate;
    }
    return chosen;
  }

  private lastResort(now: number, tried: ReadonlySet<string> | undefined): Candidate | undefined {
    let first: Candidate | undefined;
    for (const group of [this.near, this.far]) {
      for (const candidate of group) {
        if (candidate.ejection.isAvailable(now)) return undefined;
        if (tried?.has(candidate.name)) continue;
        if (!first || candidate.ejection.endMs < first.ejection.endMs) first = candidate;
      }
    }
    return first;
  }
}
