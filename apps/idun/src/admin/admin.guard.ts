import { createHash, timingSafeEqual } from 'node:crypto';
import { BlockList, isIPv6 } from 'node:net';
import { Inject, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { IdunError } from '#contracts';
import { ADMIN_OPTIONS, type AdminOptions } from './admin-options.js';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('::1', 'ipv6');

/** Admin routes ask for the bearer token; where none is configured they may be read, from this machine. */
export class AdminGuard implements CanActivate {
  constructor(@Inject(ADMIN_OPTIONS) private readonly options: Pick<AdminOptions, 'token'>) {}

  canActivate(context: ExecutionContext): true {
    assertAdmin(context.switchToHttp().getRequest<FastifyRequest>(), this.options.token);
    return true;
  }
}

/** For routes that Nest's guards do not see. @throws `UNAUTHORIZED`, `FORBIDDEN` */
export function assertAdmin(request: FastifyRequest, token: string | undefined): void {
  if (token !== undefined) assertToken(request, token);
  else assertLocalRead(request);
}

function assertToken({ headers }: FastifyRequest, token: string): void {
  const given = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (given === undefined || !isSame(given, token)) {
    throw new IdunError('UNAUTHORIZED', 'Send the admin token: Authorization: Bearer <token>.');
  }
}

function assertLocalRead({ method, socket }: FastifyRequest): void {
  if (method !== 'GET') {
    throw new IdunError('FORBIDDEN', 'Nothing can be changed here: IDUN_ADMIN_TOKEN is not set.');
  }
  const address = socket.remoteAddress;
  if (address === undefined || !loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')) {
    throw new IdunError('FORBIDDEN', 'Only its own machine may ask: IDUN_ADMIN_TOKEN is not set.');
  }
}

/** By digests, so that the time tells nothing of the token, its length included. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
