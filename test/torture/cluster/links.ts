import { startTcpProxy, type TcpProxy } from '../../../libs/testing/src/servers/index.js';

interface Address {
  readonly host: string;
  readonly port: number;
}

/** The wires of one node: to each database server and to each member of the ensemble, apart from those of other nodes. */
export interface Links {
  readonly databases: readonly TcpProxy[];
  readonly zooKeepers: readonly TcpProxy[];
}

export async function startLinks(
  databases: readonly Address[],
  zooKeepers: readonly Address[],
): Promise<Links> {
  const all = (targets: readonly Address[]) => Promise.all(targets.map(startTcpProxy));
  return { databases: await all(databases), zooKeepers: await all(zooKeepers) };
}

export async function stopLinks({ databases, zooKeepers }: Links): Promise<void> {
  await Promise.all([...databases, ...zooKeepers].map((proxy) => proxy.stop()));
}
