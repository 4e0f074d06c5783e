import { Logger as NestFacade } from '@nestjs/common';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { NestLogger } from './nest-logger.js';

function setUp(level: 'trace' | 'info' = 'trace') {
  const lines: string[] = [];
  const labels = { level: (label: string) => ({ level: label }) };
  const destination = { write: (line: string) => void lines.push(line) };
  const nest = new NestLogger(pino({ level, formatters: labels }, destination));
  return { nest, entries: () => lines.map((line): unknown => JSON.parse(line)) };
}

describe('NestLogger', () => {
  it.each([
    ['fatal', 'fatal'],
    ['error', 'error'],
    ['warn', 'warn'],
    ['log', 'info'],
    ['debug', 'debug'],
    ['verbose', 'trace'],
  ] as const)('maps %s to %s', (method, level) => {
    const { nest, entries } = setUp();
    nest[method]('hello', 'Somewhere');
    expect(entries()).toEqual([
      expect.objectContaining({ level, msg: 'hello', context: 'Somewhere' }),
    ]);
  });

  it("keeps Nest's start lines for debug", () => {
    const { nest, entries } = setUp('info');
    nest.log('AppModule dependencies initialized', 'InstanceLoader');
    nest.log('Mapped {/api, GET} route', 'RouterExplorer');
    nest.warn('a route is shadowed', 'RouterExplorer');
    expect(entries()).toEqual([expect.objectContaining({ level: 'warn' })]);
  });

  it('logs an error with its stack, as its exception handlers give it', () => {
    const { nest, entries } = setUp();
    nest.error(new Error('boom'), undefined, 'ExceptionsHandler');
    expect(entries()).toEqual([
      expect.objectContaining({
        msg: 'boom',
        context: 'ExceptionsHandler',
        err: expect.objectContaining({ stack: expect.stringContaining('boom') }),
      }),
    ]);
  });

  it('tells a stack from a context', () => {
    const { nest, entries } = setUp();
    nest.error('failed', 'Error: failed\n    at somewhere (file.js:1:1)');
    nest.error('failed', 'Error: failed\n    at somewhere (file.js:1:1)', 'TheContext');
    const stack = expect.stringContaining('at somewhere');
    expect(entries()).toEqual([
      expect.not.objectContaining({ context: expect.anything() }),
      expect.objectContaining({ stack, context: 'TheContext' }),
    ]);
    expect(entries()).toEqual([
      expect.objectContaining({ stack }),
      expect.objectContaining({ stack }),
    ]);
  });

  it('takes colours out and objects in', () => {
    const { nest, entries } = setUp();
    nest.log('\u001B[32mgreen\u001B[39m');
    nest.log({ some: 'object' });
    expect(entries()).toEqual([
      expect.objectContaining({ msg: 'green' }),
      expect.objectContaining({ msg: '{"some":"object"}' }),
    ]);
  });

  it("is what Nest's own Logger reaches once it is set", () => {
    const { nest, entries } = setUp();
    NestFacade.overrideLogger(nest);
    try {
      new NestFacade('Feature').error(new Error('boom'));
      new NestFacade('Feature').log('hello');
    } finally {
      NestFacade.overrideLogger(['log', 'error', 'warn']);
    }
    expect(entries()).toEqual([
      expect.objectContaining({ level: 'error', context: 'Feature', msg: 'boom' }),
      expect.objectContaining({ level: 'info', context: 'Feature', msg: 'hello' }),
    ]);
  });
});
