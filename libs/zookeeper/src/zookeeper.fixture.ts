import { randomUUID } from 'node:crypto';
import zookeeper, { type Client, type Stat } from 'node-zookeeper-client';
import { WorkerRegistry, type AcquireRequest, type Clock, type WorkerRecordStore } from '#core';
import { TERMS } from '../../testing/src/worker-lease-bench.js';
import { openZooKeeper, type ZooKeeper } from './open-zookeeper.js';

export const SESSION_MS = 2_000;

export const freshRoot = () => `/test-${randomUUID()}`;

export interface Logged {
  message: string;
  details: object;
}

/** One node's connection, with what it logged. */
export function open(
  connectString: string,
  root: string,
  sessionTimeoutMs = SESSION_MS,
): ZooKeeper & { logged: Logged[] } {
  const logged: Logged[] = [];
  const note = (details: object, message: string) => void logged.push({ message, details });
  const log = { info: note, warn: note };
  const node = { address: '10.0.0.1:8080', zone: 'a', softwareVersion: '1.2.3' };
  return { ...openZooKeeper({ connectString, root, sessionTimeoutMs, log, node }), logged };
}

/** The protocol over these records, for ids from 0 on. */
export function registry(
  store: WorkerRecordStore,
  clock: Pick<Clock, 'monotonicMs'>,
  lastWorkerId = TERMS.lastWorkerId,
): WorkerRegistry {
  return new WorkerRegistry(store, { ...TERMS, lastWorkerId, clock });
}

export function by(instance: string, timeoutMs = 10_000): AcquireRequest {
  const wallMs = Date.now();
  const reserveUntilMs = wallMs + 3_000;
  return { instance, owner: randomUUID(), reserveUntilMs, wallMs, timeoutMs };
}

export function renewal(timeoutMs = 2_000) {
  const wallMs = Date.now();
  return { reserveUntilMs: wallMs + 3_000, lastTimestampMs: wallMs, wallMs, timeoutMs };
}

/** The library as it is, connected. */
export async function plainClient(connectString: string): Promise<Client> {
  const client = zookeeper.createClient(connectString, { sessionTimeout: 5_000 });
  const connected = new Promise<void>((resolve) => client.once('connected', resolve));
  client.connect();
  await connected;
  return client;
}

/** What it answers by a callback. */
export function ask<T>(send: (done: (error: unknown, value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    send((error, value) => {
      if (error) reject(new Error('ZooKeeper refused', { cause: error }));
      else resolve(value);
    });
  });
}

/** An operator with a client of his own. */
export class Operator {
  private constructor(private readonly client: Client) {}

  static async connect(connectString: string): Promise<Operator> {
    return new Operator(await plainClient(connectString));
  }

  close(): void {
    this.client.close();
  }

  read(path: string): Promise<string> {
    return ask((done) => this.client.getData(path, (error, data) => done(error, String(data))));
  }

  write(path: string, text: string): Promise<unknown> {
    return ask((done) => this.client.setData(path, Buffer.from(text), done));
  }

  create(path: string, text: string): Promise<string> {
    return ask((done) => this.client.create(path, Buffer.from(text), done));
  }

  children(path: string): Promise<string[]> {
    return ask((done) => this.client.getChildren(path, done));
  }

  stat(path: string): Promise<Stat> {
    return ask((done) => this.client.exists(path, (error, stat: Stat) => done(error, stat)));
  }

  /** With everything below it. */
  async remove(path: string): Promise<void> {
    const children = await this.children(path);
    await Promise.all(children.map((child) => this.remove(`${path}/${child}`)));
    await ask<void>((done) => this.client.remove(path, (error) => done(error, undefined)));
  }
}
