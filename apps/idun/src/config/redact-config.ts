import { redactUrl } from '#store';
import type { Config } from './schema.js';

/** The configuration as it may be printed: the password of each database URL is hidden. */
export function redactConfig(config: Config): Config {
  return { ...config, databaseUrls: config.databaseUrls.map(redactUrl) };
}
