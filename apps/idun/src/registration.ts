import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { NodeState, ServiceRegistry } from '#core';
import { openNacos, parseServers } from '#nacos';
import { advertisedHost, type Config } from './config/index.js';
import { softwareVersion } from './worker-leases.js';

export interface RegisteredNode {
  /** As really listened on. */
  httpPort: number;
  tcpPort: number;
  isReady: () => Promise<boolean>;
  weight: () => number;
  /** Throws while there is none, undefined where none is needed. */
  workerId: () => number | undefined;
}

/** Often, as a node that has become ready is waited for. */
const NOT_READY_MS = 100;
const READY_MS = 500;
/** Callers that were told just now have calls on their way. */
const LINGER_MS = 200;

/** Keeps a node in a registry for as long as it is ready. */
export class Registration {
  private timer: NodeJS.Timeout | undefined;
  private isAnnounced = false;
  private isOver = false;
  private looks = 0;

  constructor(
    private readonly registry: ServiceRegistry,
    private readonly isReady: () => Promise<boolean>,
    private readonly state: () => NodeState,
  ) {
    void this.look();
  }

  /** What it knows of the node has changed: looks at once. */
  refresh(): void {
    clearTimeout(this.timer);
    void this.look();
  }

  /** For good. Resolves once callers have been told and their last calls are here, or after `timeoutMs`. */
  async withdraw(timeoutMs: number): Promise<void> {
    this.isOver = true;
    clearTimeout(this.timer);
    await Promise.race([this.tellCallers(), sleep(timeoutMs, undefined, { ref: false })]);
  }

  async close(): Promise<void> {
    this.isOver = true;
    clearTimeout(this.timer);
    await this.registry.close();
  }

  private async tellCallers(): Promise<void> {
    await this.registry.withdraw();
    if (this.isAnnounced) await sleep(LINGER_MS);
  }

  private async look(): Promise<void> {
    const look = ++this.looks;
    const state = (await this.isReady()) ? this.currentState() : undefined;
    // An older look may end later, with what was so before.
    if (this.isOver || look !== this.looks) return;
    if (state) this.registry.announce(state);
    else if (this.isAnnounced) void this.registry.withdraw();
    this.isAnnounced = state !== undefined;
    this.timer = setTimeout(() => void this.look(), state ? READY_MS : NOT_READY_MS);
  }

  /** Undefined where the worker id was lost since the node was asked. */
  private currentState(): NodeState | undefined {
    try {
      return this.state();
    } catch {
      return undefined;
    }
  }
}

/** As configured, or undefined where the node is to be registered nowhere. */
export function openRegistration(
  config: Config,
  log: Logger,
  { httpPort, tcpPort, isReady, weight, workerId }: RegisteredNode,
): Registration | undefined {
  const { nacos, zone } = config;
  const servers = nacos.servers && parseServers(nacos.servers);
  if (!servers) return undefined;
  const { namespace, group, cluster, service, username, password } = nacos;
  const hasPassword = username !== undefined && password !== undefined;
  const registry = openNacos({
    servers,
    namespace,
    group,
    cluster,
    service,
    log,
    credentials: hasPassword ? { username, password } : undefined,
    node: {
      host: advertisedHost(config),
      httpPort,
      tcpPort,
      version: softwareVersion(),
      zone,
    },
  });
  return new Registration(registry, isReady, () => ({ weight: weight(), workerId: workerId() }));
}
