import { Injectable } from '@nestjs/common';
import { IdunClient } from 'idun-client';

export interface Order {
  id: string;
  payment: string;
}

@Injectable()
export class OrdersService {
  constructor(private readonly idun: IdunClient) {}

  async create(): Promise<Order> {
    const [id, payment] = await Promise.all([
      this.idun.segment('order', { as: 'string' }).next(),
      this.idun.snowflake.next(),
    ]);
    return { id, payment: String(payment) };
  }
}
