import { join } from 'node:path';
import { format } from 'prettier';
import { describe, expect, it } from 'vitest';
import { renderConfigurationDocs } from './configuration-docs.js';
import { SETTINGS } from './schema.js';
import { findConfigDir, readYamlLayers } from './yaml-files.js';

const page = join(findConfigDir(), '../docs/CONFIGURATION.md');
const NOW = Date.UTC(2026, 10, 22);

async function render(): Promise<string> {
  const [defaults] = readYamlLayers(findConfigDir(), undefined, []);
  if (!defaults) throw new Error('no defaults');
  return format(renderConfigurationDocs(defaults, NOW), { parser: 'markdown' });
}

describe('docs/CONFIGURATION.md', () => {
  /** `npm run docs:config` runs this one with the order to write. */
  it('is up to date', async () => {
    await expect(await render()).toMatchFileSnapshot(page);
  });

  it('names every variable and key, and shows no password in the message', async () => {
    const text = await render();
    for (const { env, key } of SETTINGS) {
      expect(text).toContain(`\`${env}\``);
      expect(text).toContain(`\`${key}\``);
    }
    const message = text.slice(text.indexOf('The configuration has'));
    expect(message).not.toContain('secret');
  });
});
