import { Module } from '@nestjs/common';
import { IdunClientModule } from 'idun-client/nest';
import { OrdersController } from './orders.controller.js';
import { OrdersService } from './orders.service.js';

@Module({
  imports: [
    IdunClientModule.forRootAsync({
      useFactory: () => ({ servers: (process.env.ID_SERVERS ?? '127.0.0.1:8080').split(',') }),
    }),
  ],
  controllers: [OrdersController],
  providers: [OrdersService],
})
export class AppModule {}
