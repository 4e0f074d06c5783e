import { IdunError } from '#contracts';
import {
  storeUnavailable,
  type Scheduler,
  type WorkerRecordSession,
  type WorkerRecordStore,
} from '#core';
import type { Readings } from './checker.js';
import type { LeaseService } from './lease-service.js';
import type { Machine } from './machine.js';
import type { Network } from './network.js';

/** The process at this end. */
interface Owner extends Pick<Scheduler, 'after'> {
  readonly owner: string;
  readonly machine: Machine;
  readonly isAlive: boolean;
  /** What it read last: before a request, the readings that its deadline is counted from. */
  readonly read: Readings;
  requested: Readings | undefined;
}

/** The store as one process sees it: requests over the network, with a time-out by its own clock. */
export class RecordLink implements WorkerRecordStore {
  constructor(
    private readonly process: Owner,
    private readonly service: LeaseService,
    private readonly network: Network,
  ) {}

  within<T>(timeoutMs: number, work: (records: WorkerRecordSession) => Promise<T>): Promise<T> {
    const { process } = this;
    const requested = { ...process.read };
    const connection = { isOpen: true };
    return new Promise((resolve, reject) => {
      const fail = (error: unknown) => {
        connection.isOpen = false;
        reject(error instanceof IdunError ? error : storeUnavailable(error));
      };
      const cancel = process.after(timeoutMs, () => fail(new Error('time-out')));
      work(this.session(connection))
        .then((result) => {
          if (connection.isOpen) process.requested = requested;
          resolve(result);
        }, fail)
        .finally(cancel);
    });
  }

  private session(connection: { isOpen: boolean }): WorkerRecordSession {
    const { service } = this;
    return {
      read: (workerId) => this.send(connection, () => service.read(workerId)),
      insert: (record) => this.send(connection, () => service.insert(record)),
      update: (seen, next) => this.send(connection, () => service.update(seen, next)),
    };
  }

  private send<T>(connection: { isOpen: boolean }, apply: () => Promise<T>): Promise<T> {
    const { machine, owner } = this.process;
    const isWaiting = () => connection.isOpen && this.process.isAlive;
    return new Promise((resolve, reject) => {
      this.network.request(machine, owner, apply, {
        arrived: (result) => isWaiting() && resolve(result),
        failed: (error) => isWaiting() && reject(error),
      });
    });
  }
}
