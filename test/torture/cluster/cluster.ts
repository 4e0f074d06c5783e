import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../../libs/testing/src/servers/index.js';
import { startLinks, stopLinks, type Links } from './links.js';
import { Node } from './node.js';
import type { Scenario } from '../scenario.js';
import type { Servers } from './servers.js';

const TABLES_MS = 20_000;
export const KEYS = ['hot', 'warm', 'cold'] as const;

export interface ClusterOptions {
  /** Takes the nodes' logs. */
  folder: string;
  entry: string | undefined;
  scenario: Scenario;
}

/** Some nodes on shared servers, each behind wires of its own, with a database of their own. */
export class Cluster {
  private constructor(
    readonly servers: Servers,
    /** The name of all that is its own: its database, its service in Nacos, its root in ZooKeeper. */
    readonly name: string,
    readonly nodes: readonly Node[],
    readonly links: readonly Links[],
  ) {}

  /** The nodes have their addresses then, but do not run. */
  static async prepare(servers: Servers, options: ClusterOptions): Promise<Cluster> {
    const name = `torture_${randomBytes(4).toString('hex')}`;
    await servers.databases.primary.createDatabase(name);
    const links = await Promise.all(
      Array.from({ length: options.scenario.nodes }, () =>
        startLinks(servers.databases.all, servers.ensemble.members),
      ),
    );
    const { folder, entry, scenario } = options;
    const nodes: Node[] = [];
    for (const [index, link] of links.entries()) {
      const number = index + 1;
      // oxlint-disable-next-line no-await-in-loop -- two could choose the same
      const [httpPort, tcpPort] = [await freePort(), await freePort()];
      const env = { ...settings(servers, name, link, httpPort, tcpPort), ...scenario.env };
      const clock = scenario.clocks[number];
      nodes.push(new Node({ number, httpPort, env, clock, entry, folder }));
    }
    return new Cluster(servers, name, nodes, links);
  }

  async start(): Promise<void> {
    const [first, ...others] = this.nodes;
    // It makes the tables.
    await first!.start();
    await this.createKeys();
    await Promise.all(others.map((node) => node.start()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
    await Promise.all(this.links.map(stopLinks));
  }

  /** As soon as the first node has made the tables. */
  private async createKeys(): Promise<void> {
    const rows = KEYS.map((key) => `('${key}', 1, 100)`);
    const insert = `INSERT INTO leaf_alloc (biz_tag, max_id, step) VALUES ${rows.join(', ')}`;
    for (const begin = Date.now(); ; await delay(50)) {
      try {
        await this.servers.databases.primary.query(insert, this.name);
        return;
      } catch (error) {
        if (Date.now() - begin > TABLES_MS) throw error;
      }
    }
  }
}

function settings(
  { databases, nacos }: Servers,
  name: string,
  { databases: wires, zooKeepers }: Links,
  httpPort: number,
  tcpPort: number,
): Record<string, string> {
  const [first, ...others] = wires.map(({ host, port }) => `${host}:${port}`);
  const url = new URL(databases.primary.url(name));
  url.host = first!;
  for (const other of others) url.searchParams.append('failover', other);
  return {
    IDUN_HTTP_PORT: String(httpPort),
    IDUN_TCP_PORT: String(tcpPort),
    IDUN_ADVERTISE_HOST: '127.0.0.1',
    IDUN_DATABASE_URLS: url.href,
    IDUN_ZOOKEEPER_CONNECT: zooKeepers.map(({ host, port }) => `${host}:${port}`).join(','),
    IDUN_ZOOKEEPER_ROOT: `/${name}`,
    IDUN_NACOS_SERVERS: nacos.address,
    IDUN_NACOS_SERVICE: name,
    // Segments turn over often.
    IDUN_SEGMENT_TARGET_SECONDS: '2',
    // Tells what became of ids that nobody received.
    IDUN_JOURNAL: 'true',
  };
}
