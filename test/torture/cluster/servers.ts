import {
  startNacos,
  startZooKeeperEnsemble,
  type NacosServer,
  type ZooKeeperEnsemble,
} from '../../../libs/testing/src/servers/index.js';
import { Databases } from './databases.js';

/** What the nodes need; several runs may share them, one after the other. */
export interface Servers {
  readonly databases: Databases;
  readonly ensemble: ZooKeeperEnsemble;
  readonly nacos: NacosServer;
  stop(): Promise<void>;
}

const ENSEMBLE = 3;

export async function startServers(): Promise<Servers> {
  const started = await Promise.allSettled([
    Databases.start(),
    startZooKeeperEnsemble(ENSEMBLE),
    startNacos(),
  ] as const);
  const stop = async () => {
    const running = started.filter((each) => each.status === 'fulfilled');
    await Promise.all(running.map(({ value }) => value.stop()));
  };
  const [databases, ensemble, nacos] = started;
  for (const each of started) {
    if (each.status === 'fulfilled') continue;
    // oxlint-disable-next-line no-await-in-loop -- the first failure ends it
    await stop();
    throw each.reason;
  }
  return {
    databases: valueOf(databases),
    ensemble: valueOf(ensemble),
    nacos: valueOf(nacos),
    stop,
  };
}

function valueOf<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}
