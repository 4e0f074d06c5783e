import type { FaultKind, Scene } from './fault.js';

/** What happens to ZooKeeper and Nacos. */
export const SERVER_FAULTS: Readonly<Record<string, FaultKind>> = {
  'zookeeper member kill': { weight: 3, draw: onMembers(1, 'kill') },
  'zookeeper member pause': { weight: 3, draw: onMembers(1, 'pause') },
  'zookeeper quorum kill': { weight: 1, draw: onMembers(2, 'kill') },
  'zookeeper quorum pause': { weight: 2, draw: onMembers(2, 'pause') },
  'nacos pause': {
    weight: 2,
    draw: ({ cluster }) => ({
      target: 'nacos',
      takes: ['nacos'],
      strike: async () => cluster.servers.nacos.pause(),
      end: async () => cluster.servers.nacos.resume(),
    }),
  },
  'nacos kill': {
    weight: 1,
    draw: ({ cluster }) => ({
      target: 'nacos',
      takes: ['nacos'],
      strike: () => cluster.servers.nacos.kill(),
      end: () => cluster.servers.nacos.start(),
    }),
  },
};

function onMembers(count: number, how: 'kill' | 'pause'): FaultKind['draw'] {
  return ({ cluster, random }: Scene) => {
    const { members } = cluster.servers.ensemble;
    const first = random.whole(0, members.length - 1);
    const hit = Array.from({ length: count }, (_, n) => (first + n) % members.length);
    return {
      target: hit.map((index) => `member ${index + 1}`).join(' and '),
      takes: ['zookeeper'],
      async strike() {
        if (how === 'kill') await Promise.all(hit.map((index) => members[index]!.kill()));
        else for (const index of hit) members[index]!.pause();
      },
      async end() {
        if (how === 'kill') await Promise.all(hit.map((index) => members[index]!.start()));
        else for (const index of hit) members[index]!.resume();
      },
    };
  };
}
