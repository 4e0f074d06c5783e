export type { NacosLog } from './instance-keeper.js';
export { openNacos, type NacosNode, type NacosOptions } from './open-nacos.js';
export { parseServers } from './servers.js';
