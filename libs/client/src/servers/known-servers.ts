import { sorted } from './nacos-instances.js';
import { nameOf, type Server } from './server.js';

/** Nodes that Nacos has forgotten are back within 10 s. */
export const HOLD_MS = 60_000;

/**
 * What is believed of the lists of a Nacos that forgets everything when it restarts. A server that is missing has left, and goes at
 * once; but one that is missing from the first list after Nacos was away, or from an empty one, stays
 * for {@link HOLD_MS} unless it is listed again. A server that is not there costs a failed attempt; one that is
 * there, but not known, is an outage.
 */
export class KnownServers {
  private known: readonly Server[] = [];
  private listed: readonly Server[] = [];
  private held: readonly Server[] = [];
  private heldUntilMs = 0;
  private isDoubtful = false;

  /** Nacos could not be asked. */
  doubt(): void {
    this.isDoubtful = true;
  }

  /** What to believe now that Nacos lists these. */
  update(listed: readonly Server[], nowMs: number): readonly Server[] {
    if (this.isDoubtful || (listed.length === 0 && this.listed.length > 0)) {
      this.held = this.known;
      this.heldUntilMs = nowMs + HOLD_MS;
    }
    if (nowMs >= this.heldUntilMs) this.held = [];
    const names = new Set(listed.map(nameOf));
    this.held = this.held.filter((server) => !names.has(nameOf(server)));
    this.isDoubtful = false;
    this.listed = listed;
    this.known = sorted([...listed, ...this.held]);
    return this.known;
  }
}
