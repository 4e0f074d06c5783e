import { pino, stdTimeFunctions, type DestinationStream, type Logger } from 'pino';
import type { Config } from '../config/index.js';

export interface CreateLoggerOptions {
  level: Config['logLevel'];
  /** One readable line per event instead of one JSON object. */
  pretty: boolean;
  /** Default: standard output, written synchronously so that nothing is lost when the process ends. */
  destination?: DestinationStream;
}

const HIDDEN = '***';
const SECRET_FIELDS = ['password', 'token', 'secret', 'authorization', 'cookie'];

/** `://user:` and what follows up to the last @ of the same word; bounded, as a line may hold a caller's text. */
const URL_PASSWORD = /(:\/\/[^\s:/@"\\]{0,256}:)(?:\\.|[^\s"\\]){1,256}@/g;

/** The log of the process. Fields with a secret's name and passwords within URLs are hidden, wherever they stand. */
export async function createLogger(options: CreateLoggerOptions): Promise<Logger> {
  const destination = options.destination ?? pino.destination({ dest: 1, sync: true });
  return pino(
    {
      level: options.level,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_FIELDS.flatMap(anywhere), censor: HIDDEN },
      hooks: { streamWrite: hidePasswords },
    },
    options.pretty ? await prettyStream(destination) : destination,
  );
}

/** JSON in production and wherever nobody reads along. */
export function wantsPretty(nodeEnv: string | undefined, isTerminal: boolean): boolean {
  return isTerminal && nodeEnv !== 'production';
}

const anywhere = (field: string) => [field, `*.${field}`, `*.*.${field}`];

export function hidePasswords(line: string): string {
  return line.includes('://') ? line.replace(URL_PASSWORD, `$1${HIDDEN}@`) : line;
}

/**
 * Imported only where it is used: production does not carry it in memory. Each line is rewritten in the same turn:
 * pino-pretty's own stream would pass it on later, and the last lines before an exit would be lost.
 */
async function prettyStream(destination: DestinationStream): Promise<DestinationStream> {
  const { isColorSupported, prettyFactory } = await import('pino-pretty');
  const prettify = prettyFactory({
    colorize: isColorSupported,
    singleLine: true,
    ignore: 'pid,hostname',
    translateTime: 'SYS:HH:MM:ss.l',
  });
  return { write: (line) => destination.write(prettify(line)) };
}
