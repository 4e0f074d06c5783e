import { Controller, Get, Header, ServiceUnavailableException } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { HealthCheck, HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import { PATTERN } from '#contracts';
import { Readiness } from './readiness.js';

@Controller()
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly readiness: Readiness,
  ) {}

  /** The process answers; that it does is all there is to say. */
  @Get('health/live')
  @Header('cache-control', 'no-store')
  @HealthCheck()
  live(): Promise<HealthCheckResult> {
    return this.health.check([]);
  }

  @Get('health/ready')
  @Header('cache-control', 'no-store')
  @HealthCheck()
  ready(): Promise<HealthCheckResult> {
    return this.readiness.check();
  }

  /** The report of `ready`, which over this transport is a reply either way. */
  @MessagePattern(PATTERN.health)
  async rpcHealth(): Promise<unknown> {
    try {
      return await this.readiness.check();
    } catch (error) {
      if (error instanceof ServiceUnavailableException) return error.getResponse();
      throw error;
    }
  }
}
