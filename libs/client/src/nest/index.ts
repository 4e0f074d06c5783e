export { IdunClientModule } from './idun-client.module.js';
