import { Inject, Injectable } from '@nestjs/common';
import {
  HealthCheckService,
  HealthIndicatorService,
  type HealthCheckResult,
  type HealthIndicatorResult,
} from '@nestjs/terminus';
import { down, UP, type Readiness as ModeReadiness } from '#core';
import { SEGMENT_MODE, type SegmentMode } from '#segment';
import { SNOWFLAKE_MODE, type SnowflakeMode } from '#snowflake';
import { ThisNode } from '../node/this-node.js';

/** Whether this node should get calls: every mode that is switched on can give ids, and it is neither shutting down nor drained. */
@Injectable()
export class Readiness {
  private isShuttingDown = false;

  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    @Inject(SEGMENT_MODE) private readonly segment: SegmentMode,
    @Inject(SNOWFLAKE_MODE) private readonly snowflake: SnowflakeMode,
    @Inject(ThisNode) private readonly node: ThisNode,
  ) {}

  /** @throws ServiceUnavailableException with the same report while the node is not ready */
  check(): Promise<HealthCheckResult> {
    return this.health.check([
      async () => this.indicate('segment', await this.segment.readiness()),
      () => this.indicate('snowflake', this.snowflake.readiness()),
      () => this.indicate('node', this.nodeReadiness()),
    ]);
  }

  async isReady(): Promise<boolean> {
    try {
      await this.check();
      return true;
    } catch {
      return false;
    }
  }

  /** From now on, and for good, this node is not ready. */
  shutDown(): void {
    this.isShuttingDown = true;
  }

  private nodeReadiness(): ModeReadiness {
    if (this.isShuttingDown) return down('shutting down');
    return this.node.isDraining ? down('draining') : UP;
  }

  private indicate(name: string, readiness: ModeReadiness): HealthIndicatorResult {
    const indicator = this.indicators.check(name);
    if (readiness.status === 'up') return indicator.up();
    const { status, reason } = readiness;
    return status === 'degraded' ? indicator.degraded({ reason }) : indicator.down({ reason });
  }
}
