import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Row } from './database.js';
import { startMySql, type DatabaseServer } from './database-server.js';

export interface FollowOptions {
  /** The primary acknowledges a commit only once the replica has it, however long that takes. */
  readonly semiSync: boolean;
}

/** One MySQL of a pair or more: a primary, or a replica that takes no writes, from anybody. */
export interface MySqlReplicationServer extends DatabaseServer {
  /** A replica becomes a primary: with all that it was sent, unless it was stopped before. */
  promote(): Promise<void>;
  /** The replica neither fetches nor applies any more. A semi-synchronous primary then waits at its next commit. */
  stopReplication(): Promise<void>;
  startReplication(): Promise<void>;
  /** Resolves once the replica has all that its primary has committed so far. */
  caughtUp(): Promise<void>;
  /** Becomes a replica. What it has that `primary` has not stays there: for such a server take `rebuildFrom`. */
  follow(primary: MySqlReplicationServer, options: FollowOptions): Promise<void>;
  /** Becomes a replica without the data it had, and under a new `server_uuid`. */
  rebuildFrom(primary: MySqlReplicationServer, options: FollowOptions): Promise<void>;
}

interface Role {
  /** Changes with the data: a replica does not take what it believes to have written itself. */
  serverId: number;
  follows: { primary: MySqlReplicationServer; semiSync: boolean } | undefined;
}

const PATIENCE_MS = 120_000;

/** A primary to which replicas can be added. Started anew, it commits without waiting for any of them. */
export async function startMySqlPrimary(): Promise<MySqlReplicationServer> {
  const role: Role = { serverId: newServerId(), follows: undefined };
  const server = await startMySql({ args: () => optionsOf(role) });
  return replicating(server, role);
}

/** A replica of `primary`, with all that it has. Not where MySQL runs in Docker: containers do not reach one another. */
export async function startMySqlReplica(
  primary: MySqlReplicationServer,
  options: FollowOptions,
): Promise<MySqlReplicationServer> {
  const replica = await startMySqlPrimary();
  try {
    await replica.follow(primary, options);
    return replica;
  } catch (error) {
    await replica.stop();
    throw error;
  }
}

const newServerId = () => randomInt(1, 2 ** 32);

function optionsOf({ serverId, follows }: Role): string[] {
  const options = [
    `--server-id=${serverId}`,
    '--gtid-mode=ON',
    // A wire that is half open leaves connections behind that the server takes for alive.
    '--max-connections=1000',
    '--enforce-gtid-consistency=ON',
    '--plugin-load-add=semisync_source.so',
    '--plugin-load-add=semisync_replica.so',
  ];
  // A replica that was killed comes back as one.
  if (follows) options.push('--super-read-only=ON');
  if (follows?.semiSync) options.push('--rpl-semi-sync-replica-enabled=ON');
  return options;
}

function replicating(server: DatabaseServer, role: Role): MySqlReplicationServer {
  const status = async (): Promise<Row> => (await server.query('SHOW REPLICA STATUS'))[0] ?? {};

  async function caughtUp(): Promise<void> {
    if (!role.follows) throw new Error('this server is no replica');
    const [row] = await role.follows.primary.query('SELECT @@global.gtid_executed AS done');
    await executed(server, String(row?.['done']));
  }

  async function follow(
    source: MySqlReplicationServer,
    { semiSync }: FollowOptions,
  ): Promise<void> {
    role.follows = { primary: source, semiSync };
    await server.query(`
      SET GLOBAL super_read_only = ON;
      SET GLOBAL rpl_semi_sync_replica_enabled = ${semiSync ? 1 : 0};
      CHANGE REPLICATION SOURCE TO SOURCE_HOST = '${source.host}', SOURCE_PORT = ${source.port},
        SOURCE_USER = '${source.user}', SOURCE_PASSWORD = '${source.password}',
        SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1, SOURCE_CONNECT_RETRY = 1;
      START REPLICA`);
    await until(
      async () => (await status())['Replica_IO_Running'] === 'Yes',
      async () => `cannot follow ${source.port}: ${JSON.stringify(await status())}`,
    );
    if (semiSync) await enableSemiSync(source);
    await caughtUp();
  }

  return {
    ...server,
    caughtUp,
    follow,
    async promote() {
      const before = await status();
      await server.query('STOP REPLICA IO_THREAD');
      if (before['Replica_SQL_Running'] === 'Yes') {
        await executed(server, String((await status())['Retrieved_Gtid_Set']));
      }
      await server.query(`
        STOP REPLICA; RESET REPLICA ALL;
        SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF`);
      role.follows = undefined;
    },
    stopReplication: async () => void (await server.query('STOP REPLICA')),
    startReplication: async () => void (await server.query('START REPLICA')),
    async rebuildFrom(source, options) {
      role.serverId = newServerId();
      role.follows = undefined;
      await server.restartEmpty();
      // All that was ever committed there is replayed, and none of it needs to last before that is done.
      await server.query(durability(0));
      await follow(source, options);
      await server.query(durability(1));
    },
  };
}

const durability = (each: 0 | 1) =>
  `SET GLOBAL sync_binlog = ${each}, GLOBAL innodb_flush_log_at_trx_commit = ${each}`;

async function enableSemiSync(source: MySqlReplicationServer): Promise<void> {
  // The longest time there is: a commit is never acknowledged without the replica.
  await source.query(
    'SET GLOBAL rpl_semi_sync_source_enabled = 1, GLOBAL rpl_semi_sync_source_timeout = 4294967295',
  );
  const clients = async () => {
    const [row] = await source.query("SHOW STATUS LIKE 'Rpl_semi_sync_source_clients'");
    return Number(row?.['Value']);
  };
  await until(
    async () => (await clients()) > 0,
    async () => `no semi-synchronous replica came to ${source.port}`,
  );
}

async function executed(server: DatabaseServer, transactions: string): Promise<void> {
  const seconds = PATIENCE_MS / 1_000;
  const [row] = await server.query(
    `SELECT WAIT_FOR_EXECUTED_GTID_SET('${transactions}', ${seconds}) AS late`,
  );
  if (Number(row?.['late']) !== 0) {
    throw new Error(`the replica ${server.port} lags by more than ${seconds} s`);
  }
}

async function until(
  done: () => Promise<boolean>,
  problem: () => Promise<string>,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  for (const endsAtMs = Date.now() + patienceMs; !(await done()); await delay(20)) {
    if (Date.now() > endsAtMs) throw new Error(await problem());
  }
}
