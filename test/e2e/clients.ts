import { ClientProxyFactory, Transport, type ClientProxy } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import type { Problem, RpcError } from '#contracts';

/** How a call ended, in one shape for both transports. */
export type Outcome = { ids: string | string[] } | { code: string; retryable: boolean };

/** A caller as any user would write one, over either transport. */
export interface Caller {
  get(mode: 'segment' | 'snowflake', key: string, count?: number): Promise<Outcome>;
  decode(id: string): Promise<unknown>;
  close(): void;
}

export function httpCaller(url: string): Caller {
  const call = async (path: string): Promise<unknown> => {
    const response = await fetch(`${url}${path}`);
    const text = await response.text();
    if (response.ok)
      return response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text;
    return failure(JSON.parse(text) as Problem);
  };
  return {
    async get(mode, key, count) {
      const query = count === undefined ? '' : `?count=${count}`;
      const result = await call(`/api/${mode}/get/${encodeURIComponent(key)}${query}`);
      return typeof result === 'string' || Array.isArray(result)
        ? { ids: result }
        : (result as Outcome);
    },
    decode: (id) => call(`/api/snowflake/decode/${encodeURIComponent(id)}`),
    close: () => undefined,
  };
}

/** 200 or 503. */
export async function readyStatus({ httpUrl }: { httpUrl: string }): Promise<number> {
  return (await fetch(`${httpUrl}/health/ready`)).status;
}

export function plainClientProxy(port: number): ClientProxy {
  return ClientProxyFactory.create({
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port },
  });
}

export function tcpCaller(port: number): Caller {
  const proxy = plainClientProxy(port);
  const call = async (pattern: string, data: unknown): Promise<unknown> => {
    try {
      return await firstValueFrom(proxy.send<unknown>(pattern, data));
    } catch (error) {
      // Without one of the contract's codes it is the connection that failed, not the call.
      if (typeof (error as RpcError).code !== 'string') throw error;
      return failure(error as RpcError);
    }
  };
  return {
    async get(mode, key, count) {
      const result = await call(`${mode}.get`, { key, ...(count !== undefined && { count }) });
      return typeof result === 'string' || Array.isArray(result)
        ? { ids: result }
        : (result as Outcome);
    },
    decode: (id) => call('snowflake.decode', { id }),
    close: () => void proxy.close(),
  };
}

function failure({ code, retryable }: { code: string; retryable: boolean }): Outcome {
  return { code, retryable };
}

/** The ids of a call that must have succeeded. */
export function idsOf(outcome: Outcome): string[] {
  if (!('ids' in outcome)) throw new Error(`refused with ${outcome.code}`);
  return [outcome.ids].flat();
}
