import { BaseRpcContext, type MessageHandler, type Server } from '@nestjs/microservices';
import { isObservable, type Observable } from 'rxjs';

import type { EdgeLog } from '../edge/edge-log.js';
import { errorPacket, replyPacket, valuePacket, type RequestPacket } from './packet.js';
import type { RpcConnection } from './rpc-connection.js';
import { toRpcError } from './rpc-error.js';

/** What a message handler can have injected with `@Ctx()`. */
export class IdunRpcContext extends BaseRpcContext<[RpcConnection, unknown]> {
  getPattern(): unknown {
    return this.getArgByIndex(1);
  }
}

/** Runs message handlers as Nest wraps them and sends what becomes of them. */
export class CallRunner {
  /** `sendStream` is Nest's own way of turning a stream into packets. */
  constructor(
    private readonly log: EdgeLog,
    private readonly sendStream: Server['send'],
  ) {}

  /** Takes on one call; every outcome ends in exactly one completion of it. */
  run(
    handler: MessageHandler,
    { data, pattern }: RequestPacket,
    id: string,
    connection: RpcConnection,
  ): void {
    try {
      const result: unknown = handler(data, new IdunRpcContext([connection, pattern]));
      if (result instanceof Promise) {
        result.then(
          (value) => this.answer(id, value, connection),
          (error) => this.fail(id, error, connection),
        );
      } else {
        this.answer(id, result, connection);
      }
    } catch (error) {
      this.fail(id, error, connection);
    }
  }

  private answer(id: string, result: unknown, connection: RpcConnection): void {
    if (typeof result !== 'string' && isObservable(result)) {
      this.answerStream(id, result, connection);
    } else {
      connection.completeCall(this.packetOr(id, () => replyPacket(id, result)));
    }
  }

  private fail(id: string, error: unknown, connection: RpcConnection): void {
    connection.completeCall(errorPacket(id, toRpcError(error, this.log)));
  }

  private packetOr(id: string, encode: () => string): string {
    try {
      return encode();
    } catch (error) {
      return errorPacket(id, toRpcError(error, this.log));
    }
  }

  /** Nest gives a stream where an interceptor or an exception filter had its hand in. */
  private answerStream(id: string, stream: Observable<unknown>, connection: RpcConnection): void {
    const subscription = this.sendStream(stream, (packet) => {
      if ('err' in packet) this.fail(id, packet.err, connection);
      else if (packet.isDisposed)
        connection.completeCall(this.packetOr(id, () => replyPacket(id, packet.response)));
      else connection.send(this.packetOr(id, () => valuePacket(id, packet.response)));
    });
    const stop = () => subscription.unsubscribe();
    connection.socket.once('close', stop);
    subscription.add(() => connection.socket.off('close', stop));
  }
}
