export { FileRangeMemory, type FileRangeMemoryOptions } from './range-memory/file-range-memory.js';
export { isDatabaseUrl, redactUrl } from './database-url.js';
export { openStore } from './open-store.js';
export type { Store, StoreLog, StoreOptions, StoreStatus } from './store.js';
export { STORE, StoreModule } from './store.module.js';
