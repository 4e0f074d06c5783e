export { ConfigError } from './config-error.js';
export type { Env } from './environment.js';
export { advertisedHost, instanceName, nodeName } from './instance-name.js';
export { loadConfig, type LoadConfigOptions } from './load-config.js';
export { redactConfig } from './redact-config.js';
export { MAX_WEIGHT, type Config } from './schema.js';
export { findConfigDir } from './yaml-files.js';
