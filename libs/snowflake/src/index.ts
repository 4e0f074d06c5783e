export {
  SNOWFLAKE_MODE,
  SnowflakeModule,
  type SnowflakeMode,
  type SnowflakeModuleOptions,
} from './snowflake.module.js';
