import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { databaseAt, type Database, type Engine } from './database.js';
import { freePort } from './free-port.js';
import { installService } from './install-service.js';
import { ServerProcess } from './server-process.js';

export interface DatabaseServerOptions {
  /** Further options for the server, such as `--max-connections=5`; a function is asked at each start. */
  readonly args?: readonly string[] | (() => readonly string[]);
}

/** A server of the test's own, on loopback. Its data is gone after `stop`. */
export interface DatabaseServer extends Database {
  /** Where its data lies: to be copied and replaced only while it does not run. */
  readonly dataFolder: string;
  pid(): number;
  /** SIGSTOP: connections stay open and nothing answers. */
  pause(): void;
  /** SIGCONT after `pause`. */
  resume(): void;
  /** SIGKILL: like a crash of the process. Resolves when it is gone. */
  kill(): Promise<void>;
  /** Starts it again on the same data and port, after killing it if it still runs. */
  restart(): Promise<void>;
  /** The same without its data, as a new server on the same port. */
  restartEmpty(): Promise<void>;
  stop(): Promise<void>;
}

/** A real MySQL 8. Takes 1 to 2 s, minutes where it has to be downloaded first. */
export function startMySql(options?: DatabaseServerOptions): Promise<DatabaseServer> {
  return start('mysql', options);
}

/** A real MariaDB. */
export function startMariaDb(options?: DatabaseServerOptions): Promise<DatabaseServer> {
  return start('mariadb', options);
}

async function start(engine: Engine, options: DatabaseServerOptions = {}): Promise<DatabaseServer> {
  await installService(`${engine}.sh`);
  const port = await freePort();
  const database = databaseAt({ engine, host: '127.0.0.1', port, user: 'idun', password: 'idun' });
  const server = new ServerProcess(`${engine}.sh`, port, options.args ?? []);
  const begin = () => server.start(() => database.query('SELECT 1'));
  try {
    await begin();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    ...database,
    dataFolder: join(server.folder, 'data'),
    pid: () => server.pid(),
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
    kill: () => server.kill(),
    async restart() {
      await server.kill();
      await begin();
    },
    async restartEmpty() {
      await server.kill();
      rmSync(join(server.folder, 'data'), { recursive: true, force: true });
      await begin();
    },
    stop: () => server.stop(),
  };
}
