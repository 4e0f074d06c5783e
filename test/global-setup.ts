import type { TestProject } from 'vitest/node';
import {
  startMariaDb,
  startMySql,
  type DatabaseAddress,
  type DatabaseServer,
} from '../libs/testing/src/servers/index.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** `databaseAt(inject('mysql'))`: a MySQL 8 that all specs share. Not to be paused or killed. */
    mysql: DatabaseAddress;
    mariadb: DatabaseAddress;
  }
}

// Every project loads this file anew, but all of them live in one process: so they share servers.
const shared = globalThis as { idunServers?: Promise<DatabaseServer[]>; idunServerUsers?: number };

/** Starts the servers that specs share. One that cannot be had fails the run, in CI or not. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  shared.idunServers ??= Promise.all([startMySql(), startMariaDb()]);
  shared.idunServerUsers = (shared.idunServerUsers ?? 0) + 1;
  const servers = await shared.idunServers;
  for (const { engine, host, port, user, password } of servers) {
    project.provide(engine, { engine, host, port, user, password });
  }
  return async () => {
    shared.idunServerUsers = (shared.idunServerUsers ?? 0) - 1;
    if (shared.idunServerUsers === 0) await Promise.all(servers.map((server) => server.stop()));
  };
}
