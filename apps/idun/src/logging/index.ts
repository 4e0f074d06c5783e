export {
  createLogger,
  hidePasswords,
  wantsPretty,
  type CreateLoggerOptions,
} from './create-logger.js';
export { NestLogger } from './nest-logger.js';
