import { describe, expect, it } from 'vitest';
import { readEnvironment } from './environment.js';
import { SETTINGS } from './schema.js';

function problems(env: Record<string, string>): string[] {
  const found: string[] = [];
  readEnvironment(env, SETTINGS, found);
  return found;
}

describe('unknown variables', () => {
  it.each([
    [{ IDUN_HTP_PORT: '1' }, 'IDUN_HTP_PORT is not a known variable; did you mean IDUN_HTTP_PORT?'],
    [{ IDUN_QUUX: '1' }, 'IDUN_QUUX is not a known variable'],
    [{ IDUN_PORT: '8080' }, expect.stringContaining('IDUN_PORT is not a known variable')],
    [{ IDUN_COMPAT: 'leaf' }, 'IDUN_COMPAT is not supported by this version'],
    [{ IDUN_RESP_PORT: '6389' }, 'IDUN_RESP_PORT is not supported by this version; only "off" is'],
  ])('%j', (env, problem) => {
    expect(problems(env)).toEqual([problem]);
  });

  it.each<Record<string, string>>([
    { IDUN_TEST_ANYTHING: 'x' },
    { IDUN_RESP_PORT: 'off', IDUN_PROCESSES: '1' },
    { PATH: '/bin', idun_http_port: 'x' },
    { IDUN_PORT: 'tcp://10.0.0.1:8080', IDUN_PORT_8080_TCP_ADDR: '10.0.0.1' },
    { IDUN_SERVICE_HOST: '10.0.0.1', IDUN_SERVICE_PORT_HTTP: '8080', IDUN_RPC_SERVICE_HOST: 'x' },
  ])('lets pass what nobody meant for it: %j', (env) => {
    expect(problems(env)).toEqual([]);
  });
});
