import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { parseLayout, yearsLeft } from '#core';
import { openAdapters, type Adapters } from './adapters.js';
import { instanceName, redactConfig, type Config } from './config/index.js';
import type { EdgeLog } from './edge/edge-log.js';
import { LoadGate } from './edge/load-gate.js';
import { Readiness } from './health/readiness.js';
import { createFastifyAdapter } from './http/fastify-adapter.js';
import { ProblemFilter } from './http/problem.filter.js';
import { NestLogger } from './logging/index.js';
import { Counters } from './metrics/telemetry.js';
import { ThisNode } from './node/this-node.js';
import { openRegistration, type Registration } from './registration.js';
import { IdunTcpServer } from './rpc/idun-tcp-server.js';
import { SEGMENT_MODE, type SegmentMode } from '#segment';
import { ServerModule, type NodeParts } from './server.module.js';

/** Kept of the time to shut down, for giving the worker id back and closing the store. */
const CLOSING_SHARE = 0.35;
/** Of that, for what was not handed out. */
const RETURNING_SHARE = 0.15;
/** At most so much of the time to shut down is spent on telling callers, before anything else. */
const WITHDRAWING_SHARE = 0.1;

/** A running node: both modes over HTTP and Nest TCP. */
export class IdunServer {
  /** `host:port` as really listened on. */
  readonly http: string;
  readonly tcp: string;
  private stopping: Promise<void> | undefined;
  private registration: Registration | undefined;

  private constructor(
    private readonly config: Config,
    private readonly log: Logger,
    private readonly app: NestFastifyApplication,
    private readonly tcpServer: IdunTcpServer,
    private readonly adapters: Adapters,
    private readonly node: ThisNode,
  ) {
    this.http = hostAndPort(app.getHttpServer().address());
    this.tcp = hostAndPort(tcpServer.address());
  }

  /** Listens, whether or not the store answers. Rejects where a port cannot be had, leaving nothing behind. */
  static async start(config: Config, log: Logger): Promise<IdunServer> {
    const parts = createParts(config);
    const { counters, gate, node } = parts;
    const adapters = await openAdapters(config, counters, log);
    const edgeLog = edgeLogOf(log, counters);
    const tcpServer = new IdunTcpServer({
      ...config.tcp,
      log: edgeLog,
      gate,
      onConnectionRefused: () => counters.connectionRefused('tcp'),
    });
    try {
      const app = await createApp(config, log, edgeLog, adapters, parts, tcpServer);
      const server = new IdunServer(config, log, app, tcpServer, adapters, node);
      server.begin();
      return server;
    } catch (error) {
      await Promise.all([tcpServer.close(), adapters.close()]);
      throw error;
    }
  }

  /**
   * Not ready at once; is taken out of the registry, answers what is in flight on both transports, gives the worker
   * id back and closes the store. Resolves within `shutdownMs`, and drops what is not done by then.
   */
  stop(): Promise<void> {
    this.stopping ??= this.drainAndClose();
    return this.stopping;
  }

  private begin(): void {
    const { snowflake } = this.config;
    if (snowflake.enabled) {
      this.adapters.workerLease.start(instanceName(this.config, portOf(this.http)));
      const years = yearsLeft(parseLayout(snowflake.layout), snowflake.epochMs, Date.now());
      this.log.info(
        { layout: snowflake.layout, yearsLeft: Math.floor(years) },
        'Snowflake timestamps last',
      );
    }
    this.registration = openRegistration(this.config, this.log, {
      httpPort: portOf(this.http),
      tcpPort: portOf(this.tcp),
      isReady: () => this.app.get(Readiness, { strict: false }).isReady(),
      weight: () => this.node.weight,
      workerId: () => (snowflake.enabled ? this.adapters.workerLease.held().workerId : undefined),
    });
    this.node.onChange(() => this.nodeChanged());
    this.log.debug({ config: redactConfig(this.config) }, 'Configuration');
    const { http, tcp } = this;
    this.log.info(
      { event: 'listening', http, tcp },
      `Listening on http://${http} and tcp://${tcp}`,
    );
    this.log.info(`Try: curl http://${http}/api/segment/get/default`);
  }

  private nodeChanged(): void {
    const { isDraining: draining, weight } = this.node;
    this.log.info({ event: 'node-changed', draining, weight }, 'An operator changed this node');
    this.registration?.refresh();
  }

  private async drainAndClose(): Promise<void> {
    this.log.info({ event: 'shutdown' }, 'Shutting down');
    this.app.get(Readiness, { strict: false }).shutDown();
    // Calls are answered as ever meanwhile: callers that have not heard of it still come.
    await this.registration?.withdraw(this.config.shutdownMs * WITHDRAWING_SHARE);
    const drainMs = this.config.shutdownMs * (1 - CLOSING_SHARE);
    await Promise.all([this.tcpServer.drain(drainMs), this.app.getHttpAdapter().close()]);
    await this.returnTails();
    await Promise.all([this.registration?.close(), this.adapters.close()]);
    await this.app.close();
    this.log.info({ event: 'stopped' }, 'Stopped');
  }

  /** No call is under way any more: what is left of the ranges in memory goes back to the store. */
  private async returnTails(): Promise<void> {
    const segment = this.app.get<SegmentMode>(SEGMENT_MODE, { strict: false });
    const report = await segment.close(this.config.shutdownMs * RETURNING_SHARE);
    this.log.info({ event: 'returned', ...report }, 'Ids that were not handed out are given back');
  }
}

function createParts({ overload, weight }: Config): NodeParts {
  return { node: new ThisNode(weight), gate: new LoadGate(overload), counters: new Counters() };
}

function edgeLogOf(log: Logger, counters: Counters): EdgeLog {
  return {
    warn: (details, message) => log.warn(details, message),
    error: (details, message) => log.error(details, message),
    failed: (code) => counters.failed(code),
  };
}

async function createApp(
  config: Config,
  log: Logger,
  edgeLog: EdgeLog,
  adapters: Adapters,
  parts: NodeParts,
  tcpServer: IdunTcpServer,
): Promise<NestFastifyApplication> {
  const { counters, gate } = parts;
  const adapter = createFastifyAdapter({
    log: edgeLog,
    gate,
    maxConnections: config.http.maxConnections,
    onConnectionRefused: () => counters.connectionRefused('http'),
    closeDeadlineMs: config.shutdownMs * (1 - CLOSING_SHARE),
    ...(log.isLevelEnabled('debug') && {
      logRequest: (line: object) => log.debug(line, 'Request'),
    }),
  });
  const app = await NestFactory.create<NestFastifyApplication>(
    ServerModule.forRoot(config, log, adapters, parts),
    adapter,
    { logger: new NestLogger(log), abortOnError: false },
  );
  app.useGlobalFilters(new ProblemFilter(edgeLog));
  app.connectMicroservice({ strategy: tcpServer }, { inheritAppConfig: true });
  await app.startAllMicroservices();
  await app.listen(config.http.port, config.http.host);
  return app;
}

function portOf(address: string): number {
  return Number(address.split(':').at(-1));
}

function hostAndPort(
  address: { address: string; port: number } | string | null | undefined,
): string {
  if (typeof address !== 'object' || address === null) throw new Error('not listening');
  const host = address.address.includes(':') ? `[${address.address}]` : address.address;
  return `${host}:${address.port}`;
}
