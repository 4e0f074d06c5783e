import {
  startMySql,
  startNacos,
  startZooKeeperEnsemble,
  type DatabaseServer,
  type NacosServer,
  type ZooKeeperEnsemble,
} from '../../../libs/testing/src/servers/index.js';

/** What the nodes need; several runs may share them, one after the other. */
export interface Servers {
  readonly database: DatabaseServer;
  readonly ensemble: ZooKeeperEnsemble;
  readonly nacos: NacosServer;
  stop(): Promise<void>;
}

const ENSEMBLE = 3;

export async function startServers(): Promise<Servers> {
  const started = await Promise.allSettled([
    startMySql(),
    startZooKeeperEnsemble(ENSEMBLE),
    startNacos(),
  ] as const);
  const stop = async () => {
    const running = started.filter((each) => each.status === 'fulfilled');
    await Promise.all(running.map(({ value }) => value.stop()));
  };
  const [database, ensemble, nacos] = started;
  for (const each of started) {
    if (each.status === 'fulfilled') continue;
    // oxlint-disable-next-line no-await-in-loop -- the first failure ends it
    await stop();
    throw each.reason;
  }
  return { database: valueOf(database), ensemble: valueOf(ensemble), nacos: valueOf(nacos), stop };
}

function valueOf<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}
