import type { SegmentOptions } from './segment/segment-options.js';
import type { IdKind } from './segment/segments.js';

/** How ids of a key are leased and waited for. */
export type KeyOptions = Partial<Omit<SegmentOptions, 'attemptTimeoutMs'>>;

export interface SegmentSettings<K extends IdKind = IdKind> extends KeyOptions {
  /** `bigint` unless set. */
  as?: K;
}

export interface ServerOptions {
  host: string;
  port: number;
  zone?: string;
  /** 1 unless set. */
  weight?: number;
}

export interface NacosDiscoveryOptions {
  /** `h1:8848,h2:8848` */
  servers: string;
  /** `public` unless set. */
  namespace?: string;
  /** `DEFAULT_GROUP` unless set. */
  group?: string;
  /** The service's name for HTTP, `idun` unless set; that for TCP ends in `-rpc`. */
  service?: string;
  /** Only instances of these clusters; of all unless set. */
  clusters?: readonly string[];
  username?: string;
  password?: string;
}

/** Exactly one of `servers` and `nacos`. */
export interface ClientOptions {
  /** `host:port`, `http://host:port`, `tcp://host:port`, or an object. */
  servers?: readonly (string | ServerOptions)[];
  nacos?: NacosDiscoveryOptions;
  /** `http` unless set. The ports of `servers` are those of this transport. */
  transport?: 'http' | 'tcp';
  /** Where this process stands: servers of the same zone are called first, others only when it has none healthy. */
  zone?: string;
  /** How long a call may take with all its retries, unless the call says otherwise. 2,000 unless set. */
  deadlineMs?: number;
  /** How long one server may take to answer before another is asked. 700 unless set. */
  attemptTimeoutMs?: number;
  /** For every key, unless `segment()` says otherwise. */
  segment?: KeyOptions;
}
