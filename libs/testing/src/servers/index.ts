export { databaseAt, type Database, type DatabaseAddress, type Engine } from './database.js';
export {
  startMariaDb,
  startMySql,
  type DatabaseServer,
  type DatabaseServerOptions,
} from './database-server.js';
export { freePort } from './free-port.js';
export { temporaryFolder } from './guard.js';
export {
  spawnIdun,
  startIdun,
  type IdunExit,
  type IdunOptions,
  type IdunProcess,
  type IdunServer,
} from './idun-process.js';
export { installService } from './install-service.js';
export {
  startNacos,
  type NacosInstance,
  type NacosPlace,
  type NacosServer,
  type NacosServerOptions,
} from './nacos-server.js';
export {
  startMySqlPrimary,
  startMySqlReplica,
  type FollowOptions,
  type MySqlReplicationServer,
} from './mysql-replication.js';
export { startTcpProxy, type TcpProxy } from './tcp-proxy.js';
export {
  askServer,
  startZooKeeper,
  startZooKeeperEnsemble,
  type ZooKeeperEnsemble,
  type ZooKeeperServer,
} from './zookeeper-server.js';
