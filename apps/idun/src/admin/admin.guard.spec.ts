import type { ExecutionContext } from '@nestjs/common';
import { expect, it } from 'vitest';
import { AdminGuard } from './admin.guard.js';

const TOKEN = 'a-token-of-enough-letters';

function ask(
  token: string | undefined,
  given: { method?: string; remoteAddress?: string | undefined; authorization?: string } = {},
): true {
  const { method, remoteAddress, authorization } = {
    method: 'GET',
    remoteAddress: '127.0.0.1',
    ...given,
  };
  const request = { method, socket: { remoteAddress }, headers: { authorization } };
  const context = { switchToHttp: () => ({ getRequest: () => request }) };
  return new AdminGuard({ token }).canActivate(context as unknown as ExecutionContext);
}

it.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])(
  'lets %s read where no token is configured',
  (remoteAddress) => expect(ask(undefined, { remoteAddress })).toBe(true),
);

it.each(['10.0.0.1', '::ffff:10.0.0.1', 'fe80::1', undefined])(
  'refuses %s to read where no token is configured',
  (remoteAddress) =>
    expect(() => ask(undefined, { remoteAddress })).toThrow(
      expect.objectContaining({ code: 'FORBIDDEN' }),
    ),
);

it('refuses every change where no token is configured', () =>
  expect(() => ask(undefined, { method: 'POST', authorization: `Bearer ${TOKEN}` })).toThrow(
    expect.objectContaining({ code: 'FORBIDDEN' }),
  ));

it('lets whoever has the token do everything, from anywhere', () =>
  expect(
    ask(TOKEN, {
      method: 'POST',
      remoteAddress: '10.0.0.1',
      authorization: `bearer ${TOKEN}`,
    }),
  ).toBe(true));

it.each(['', 'Bearer', `Bearer ${TOKEN}x`, `Bearer ${TOKEN.slice(1)}`, `Basic ${TOKEN}`, TOKEN])(
  'refuses "%s" where a token is configured, also from its own machine',
  (authorization) =>
    expect(() => ask(TOKEN, { authorization })).toThrow(
      expect.objectContaining({ code: 'UNAUTHORIZED' }),
    ),
);
