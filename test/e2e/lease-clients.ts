import { firstValueFrom } from 'rxjs';
import type { Problem, RangeLease, ReturnedRange, RpcError } from '#contracts';
import type { IdunServer } from '../../libs/testing/src/servers/index.js';
import { plainClientProxy } from './clients.js';

export type Refused = { code: string; retryable: boolean };

/** Leases as a caller of either transport sees them. */
export interface LeaseCaller {
  lease(key: string, size: unknown, requestId?: string): Promise<RangeLease | Refused>;
  giveBack(key: string, request: object): Promise<ReturnedRange | Refused>;
  close(): void;
}

export async function post(url: string, init: RequestInit = {}) {
  const response = await fetch(url, { method: 'POST', ...init });
  const body = (await response.json()) as unknown;
  return { status: response.status, headers: response.headers, body };
}

export function httpLeases(url: string): LeaseCaller {
  const call = async (path: string, init?: RequestInit): Promise<unknown> => {
    const { status, body } = await post(`${url}/api/segment/lease/${path}`, init);
    return status === 200 ? body : refused(body as Problem);
  };
  return {
    lease: (key, size, requestId) =>
      call(`${encodeURIComponent(key)}?size=${String(size)}`, {
        headers: requestId === undefined ? {} : { 'idempotency-key': requestId },
      }) as Promise<RangeLease | Refused>,
    giveBack: (key, request) =>
      call(`${encodeURIComponent(key)}/return`, {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(request),
      }) as Promise<ReturnedRange | Refused>,
    close: () => undefined,
  };
}

export function tcpLeases(port: number): LeaseCaller {
  const proxy = plainClientProxy(port);
  const call = async (pattern: string, data: object): Promise<unknown> => {
    try {
      return await firstValueFrom(proxy.send<unknown>(pattern, data));
    } catch (error) {
      if (typeof (error as RpcError).code !== 'string') throw error;
      return refused(error as RpcError);
    }
  };
  return {
    lease: (key, size, requestId) =>
      call('segment.lease', {
        key,
        size,
        ...(requestId !== undefined && { requestId }),
      }) as Promise<RangeLease | Refused>,
    giveBack: (_key, request) =>
      call('segment.return', request) as Promise<ReturnedRange | Refused>,
    close: () => void proxy.close(),
  };
}

/** Of a call that must have succeeded. */
export function given<T extends object>(outcome: T | Refused): T {
  if ('code' in outcome) throw new Error(`refused with ${outcome.code}`);
  return outcome;
}

export async function untilReady(node: IdunServer): Promise<void> {
  for (const endsAt = Date.now() + 20_000; ; await new Promise((r) => setTimeout(r, 20))) {
    if ((await fetch(`${node.httpUrl}/health/ready`)).status === 200) return;
    if (Date.now() > endsAt) throw new Error(`not ready:\n${node.logs()}`);
  }
}

function refused({ code, retryable }: Refused): Refused {
  return { code, retryable };
}
