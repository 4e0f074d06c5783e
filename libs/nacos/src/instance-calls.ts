import type { NacosProxy } from './client-internals.js';
import type { NacosHttp } from './nacos-http.js';

/** Where an instance stands in Nacos; this is what it is known by. */
export interface InstancePlace {
  readonly service: string;
  readonly group: string;
  readonly cluster: string;
  readonly ip: string;
  readonly port: number;
}

export interface InstanceState {
  readonly weight: number;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The calls about one instance. Each rejects with a NacosError where Nacos did not do it, or may not have. */
export interface InstanceCalls {
  register(state: InstanceState): Promise<void>;
  /** No error where there is none. */
  deregister(): Promise<void>;
  /** Keeps it, and makes it anew where there is none. */
  beat(state: InstanceState): Promise<void>;
  /** Nacos lists a change half a second after it was made, and tells subscribers at the same time. */
  isListed(): Promise<boolean>;
  /** What the next calls may take. */
  setPace(pace: { timeoutMs: number; mayWrite: boolean }): void;
  /** A way to give up the call that is under way now. */
  underWay(): () => void;
  /** Gives it up, and every later one. */
  close(): void;
}

export class NacosInstanceCalls implements InstanceCalls {
  /** Nacos's own form of a name with its group. */
  private readonly name: string;

  constructor(
    private readonly place: InstancePlace,
    private readonly proxy: NacosProxy,
    private readonly http: NacosHttp,
  ) {
    this.name = `${place.group}@@${place.service}`;
  }

  async register({ weight, metadata }: InstanceState): Promise<void> {
    const { ip, port, cluster, group } = this.place;
    const instance = { ip, port, weight, metadata, clusterName: cluster };
    const rest = { enabled: true, healthy: true, ephemeral: true };
    await this.call(() => this.proxy.registerService(this.name, group, { ...instance, ...rest }));
  }

  async deregister(): Promise<void> {
    const { ip, port, cluster } = this.place;
    const instance = { ip, port, clusterName: cluster, ephemeral: true };
    await this.call(() => this.proxy.deregisterService(this.name, instance));
  }

  async beat({ weight, metadata }: InstanceState): Promise<void> {
    const { ip, port, cluster } = this.place;
    const beat = { serviceName: this.name, ip, port, cluster, weight, metadata };
    await this.call(() => this.proxy.sendBeat(beat));
    if (this.http.failure !== undefined) throw this.http.failure as Error;
  }

  async isListed(): Promise<boolean> {
    const { ip, port, cluster } = this.place;
    // Of all calls that list, this one alone does not take an empty list for no answer.
    const text = await this.call(() => this.proxy.queryList(this.name, cluster, 0, false));
    const { hosts } = JSON.parse(text) as { hosts: { ip: string; port: number }[] };
    return hosts.some((host) => host.ip === ip && host.port === port);
  }

  setPace({ timeoutMs, mayWrite }: { timeoutMs: number; mayWrite: boolean }): void {
    this.http.timeoutMs = timeoutMs;
    this.http.mayWrite = mayWrite;
  }

  underWay(): () => void {
    return this.http.underWay();
  }

  close(): void {
    this.http.close();
  }

  /** The client reports only that all servers failed: what the last one said tells more. */
  private async call<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.http.failure ?? error;
    }
  }
}
