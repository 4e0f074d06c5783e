import type { IdunServer } from '../../libs/testing/src/servers/index.js';

export const TOKEN = 'an-admin-token-for-tests';

export interface Answer {
  status: number;
  headers: Headers;
  /** Undefined where there is none. */
  body: Record<string, unknown> | undefined;
}

/** An operator with the token, at one node. */
export function operatorAt({ httpUrl }: IdunServer) {
  const call = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const response = await fetch(`${httpUrl}/api/keys${path}`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? undefined : (JSON.parse(text) as Record<string, unknown>),
    };
  };
  const at = (key: string, rest = '') => `/${encodeURIComponent(key)}${rest}`;
  return {
    list: (query = '') => call('GET', query),
    show: (key: string) => call('GET', at(key)),
    create: (key: string, body: unknown = {}) => call('PUT', at(key), body),
    change: (key: string, body: unknown) => call('PATCH', at(key), body),
    remove: (key: string) => call('DELETE', at(key)),
    advance: (key: string, body: unknown) => call('POST', at(key, '/advance'), body),
    journal: (key: string, id: string) => call('GET', at(key, `/journal?id=${id}`)),
  };
}
