import {
  startMySqlPrimary,
  startMySqlReplica,
  type MySqlReplicationServer,
} from '../../../libs/testing/src/servers/index.js';

const SEMI_SYNC = { semiSync: true };

/** A primary and its replica, which change their roles. Commits are acknowledged once both have them, while both live. */
export class Databases {
  private constructor(
    /** In the order in which nodes know them. */
    readonly all: readonly [MySqlReplicationServer, MySqlReplicationServer],
    private now: MySqlReplicationServer,
  ) {}

  static async start(): Promise<Databases> {
    const primary = await startMySqlPrimary();
    try {
      return new Databases([primary, await startMySqlReplica(primary, SEMI_SYNC)], primary);
    } catch (error) {
      await primary.stop();
      throw error;
    }
  }

  get primary(): MySqlReplicationServer {
    return this.now;
  }

  get replica(): MySqlReplicationServer {
    return this.all.find((server) => server !== this.now)!;
  }

  /** The primary is dead or cut off: the other one takes its place. */
  async promoteReplica(): Promise<void> {
    const { replica } = this;
    await replica.promote();
    this.now = replica;
  }

  /** The primary was started anew: the replica, which has all that it has, follows it as before. */
  async followAgain(): Promise<void> {
    await this.replica.stopReplication();
    await this.replica.follow(this.now, SEMI_SYNC);
  }

  /** The replica has what the primary has not, or is dead. */
  async rebuildReplica(): Promise<void> {
    await this.replica.rebuildFrom(this.now, SEMI_SYNC);
  }

  async stop(): Promise<void> {
    await Promise.all(this.all.map((server) => server.stop()));
  }
}
