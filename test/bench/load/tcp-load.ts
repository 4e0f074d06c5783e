import { ClientProxyFactory, Transport, type ClientProxy } from '@nestjs/microservices';
import type { TcpTarget } from '../scenarios.js';
import type { Load } from './load.js';
import type { Recorder } from './recorder.js';

/** Calls over one connection of Nest's own client, as any user of it would make them. */
export class TcpLoad implements Load {
  private readonly proxy: ClientProxy;
  private isStopped = false;

  constructor(
    private readonly target: TcpTarget,
    port: number,
    private readonly recorder: Recorder,
    private readonly onError: (error: Error) => void,
  ) {
    const options = { host: '127.0.0.1', port };
    this.proxy = ClientProxyFactory.create({ transport: Transport.TCP, options });
  }

  start(): void {
    for (let i = 0; i < this.target.inFlight; i++) this.call(performance.now());
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.proxy.close();
  }

  private call(sentAtMs: number): void {
    this.proxy.send<unknown>(this.target.pattern, { key: 'default' }).subscribe({
      error: (error: unknown) => this.failed(error),
      complete: () => {
        const nowMs = performance.now();
        this.recorder.record(nowMs - sentAtMs);
        if (!this.isStopped) this.call(nowMs);
      },
    });
  }

  private failed(error: unknown): void {
    if (!this.isStopped) this.onError(new Error(`a call failed: ${JSON.stringify(error)}`));
  }
}
