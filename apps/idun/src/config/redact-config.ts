import { redactUrl } from '#store';
import type { Config } from './schema.js';

/** The configuration as it may be printed: passwords are hidden. */
export function redactConfig(config: Config): Config {
  const { databaseUrls, nacos } = config;
  return {
    ...config,
    databaseUrls: databaseUrls.map(redactUrl),
    nacos: { ...nacos, ...(nacos.password !== undefined && { password: '***' }) },
  };
}
