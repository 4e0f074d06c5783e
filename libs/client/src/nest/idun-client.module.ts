import { ConfigurableModuleBuilder, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { ClientOptions } from '../client-options.js';
import { createClient } from '../create-client.js';
import { IdunClient } from '../idun-client.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<ClientOptions>()
    .setClassMethodName('forRoot')
    .setExtras({ isGlobal: false }, (definition, { isGlobal }) => ({
      ...definition,
      global: isGlobal,
    }))
    .build();

/**
 * Gives an `IdunClient` to whoever injects it, by its class, and closes it once the application takes no more
 * requests: `IdunClientModule.forRoot({ servers: ['127.0.0.1:8080'] })`, or `forRootAsync`; `isGlobal` for both.
 */
@Module({
  providers: [{ provide: IdunClient, inject: [MODULE_OPTIONS_TOKEN], useFactory: createClient }],
  exports: [IdunClient],
})
export class IdunClientModule extends ConfigurableModuleClass implements OnApplicationShutdown {
  constructor(private readonly client: IdunClient) {
    super();
  }

  /** After the requests under way, which may still need ids. */
  onApplicationShutdown(): Promise<void> {
    return this.client.close();
  }
}
