export { databaseAt, type Database, type DatabaseAddress, type Engine } from './database.js';
export {
  startMariaDb,
  startMySql,
  type DatabaseServer,
  type DatabaseServerOptions,
} from './database-server.js';
export { freePort } from './free-port.js';
export { temporaryFolder } from './guard.js';
