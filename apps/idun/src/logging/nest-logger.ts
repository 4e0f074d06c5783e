import { stripVTControlCharacters } from 'node:util';
import type { LoggerService } from '@nestjs/common';
import type { Logger } from 'pino';

type Level = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

/** Who tells, line by line, how Nest puts the application together: of use only when that fails. */
const CHATTY = new Set([
  'InjectorLogger',
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'NestMicroservice',
  'RouterExplorer',
  'RoutesResolver',
]);

/** Lets Nest's own lines go the way of all others. Our own code logs with pino directly. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    this.write(
      typeof context === 'string' && CHATTY.has(context) ? 'debug' : 'info',
      message,
      rest,
    );
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  /** Nest calls `(message, context)` or `(message, stack | undefined, context)`; either may be an Error. */
  private write(level: Level, message: unknown, rest: unknown[]): void {
    if (!this.logger.isLevelEnabled(level)) return;
    const parts = [message, ...rest].filter((part) => part !== undefined);
    const err = parts.find((part) => part instanceof Error);
    const stack = parts.find((part, index) => index > 0 && isStack(part));
    const last = parts.at(-1);
    const context =
      parts.length > 1 && typeof last === 'string' && last !== stack ? last : undefined;
    const text = message instanceof Error ? message.message : asText(message);
    this.logger[level]({ context, err, stack: err ? undefined : stack }, text);
  }
}

const isStack = (part: unknown): part is string =>
  typeof part === 'string' && /\n\s+at /.test(part);

/** Nest colours parts of its messages. */
const asText = (message: unknown): string =>
  typeof message === 'string' ? stripVTControlCharacters(message) : JSON.stringify(message);
