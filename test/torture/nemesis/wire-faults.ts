import type { TcpProxy } from '../../../libs/testing/src/servers/index.js';
import type { Links } from '../cluster/links.js';
import type { FaultKind, Scene } from './fault.js';

/** Drawn once for all wires of a fault. */
type Harm = (scene: Scene) => (proxy: TcpProxy) => void;

const HARMS: Readonly<Record<string, Harm>> = {
  cut: () => (proxy) => proxy.cut(),
  'half-open': () => (proxy) => proxy.blackhole(),
  delay: ({ random }) => {
    const ms = random.whole(20, 400);
    return (proxy) => proxy.delay(ms);
  },
};

/** What happens on the wires between one node and a service: all of its servers. */
export const WIRE_FAULTS: Readonly<Record<string, FaultKind>> = Object.fromEntries(
  Object.entries(HARMS).flatMap(([name, harm]) => [
    [`database wire ${name}`, { weight: 2, draw: onWires('database', harm) }],
    [`zookeeper wire ${name}`, { weight: 2, draw: onWires('zookeeper', harm) }],
  ]),
);

function onWires(service: 'database' | 'zookeeper', harm: Harm): FaultKind['draw'] {
  const wiresOf = ({ databases, zooKeepers }: Links) =>
    service === 'database' ? databases : zooKeepers;
  return (scene) => {
    const index = scene.random.whole(0, scene.cluster.nodes.length - 1);
    const { name } = scene.cluster.nodes[index]!;
    const wires = wiresOf(scene.cluster.links[index]!);
    const strike = harm(scene);
    return {
      target: name,
      takes: [`${service} wire of ${name}`, `a ${service} wire`],
      strike: async () => {
        for (const wire of wires) strike(wire);
      },
      end: async () => {
        for (const wire of wires) wire.resume();
      },
    };
  };
}
