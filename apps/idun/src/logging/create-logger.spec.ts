import { describe, expect, it } from 'vitest';
import { createLogger, hidePasswords, wantsPretty } from './create-logger.js';

function collector() {
  const lines: string[] = [];
  return { lines, destination: { write: (line: string) => void lines.push(line) } };
}

async function logged(level: 'info' | 'debug', fields: object, text: string): Promise<string> {
  const { lines, destination } = collector();
  const logger = await createLogger({ level: 'info', pretty: false, destination });
  logger[level](fields, text);
  return lines.join('');
}

describe('createLogger', () => {
  it('writes one JSON object a line, with names of levels and ISO times', async () => {
    const line = await logged('info', { event: 'listening' }, 'ready');
    expect(line.endsWith('\n')).toBe(true);
    const entry: unknown = JSON.parse(line);
    expect(entry).toMatchObject({ level: 'info', event: 'listening', msg: 'ready' });
    expect(entry).toHaveProperty('time', expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/));
  });

  it('leaves out what is below its level', async () => {
    expect(await logged('debug', {}, 'chatter')).toBe('');
  });

  it('writes one readable line in a terminal', async () => {
    const { lines, destination } = collector();
    const logger = await createLogger({ level: 'info', pretty: true, destination });
    logger.info({ event: 'listening', http: '127.0.0.1:8080' }, 'ready');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/INFO.*ready.*listening.*127\.0\.0\.1:8080.*\n$/);
  });

  it.each([
    ['a field', { password: 'hunter2' }],
    ['a nested field', { database: { password: 'hunter2' } }],
    ['a header', { req: { headers: { authorization: 'hunter2' } } }],
    ['a URL', { url: 'mysql://idun:hunter2@db/idun' }],
    ['an error', { err: new Error('cannot reach mysql://idun:hunter2@db/idun') }],
    ['a password with @ and quotes', { url: 'mysql://idun:x@"hunter2@db/idun' }],
  ])('hides the password in %s', async (_where, fields) => {
    const line = await logged('info', fields, 'failed');
    expect(line).not.toContain('hunter2');
    expect(line).toContain('***');
    expect(() => void JSON.parse(line)).not.toThrow();
  });

  it('hides passwords in the text of a pretty line too', async () => {
    const { lines, destination } = collector();
    const logger = await createLogger({ level: 'info', pretty: true, destination });
    logger.warn('cannot reach mysql://idun:hunter2@db/idun');
    expect(lines.join('')).toContain('mysql://idun:***@db/idun');
  });
});

describe('hidePasswords', () => {
  it('leaves other URLs alone', () => {
    const line = '{"msg":"listening on http://127.0.0.1:8080/docs and tcp://[::1]:8090"}';
    expect(hidePasswords(line)).toBe(line);
  });

  it('is quick on long hostile text', () => {
    const started = performance.now();
    hidePasswords('://a:'.repeat(20_000));
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe('wantsPretty', () => {
  it.each([
    [undefined, true, true],
    ['development', true, true],
    ['production', true, false],
    [undefined, false, false],
  ])('with NODE_ENV %s, terminal %s: %s', (nodeEnv, isTerminal, expected) => {
    expect(wantsPretty(nodeEnv, isTerminal)).toBe(expected);
  });
});
