export { IdunClientProxy, type IdunClientProxyOptions } from './idun-client.proxy.js';
