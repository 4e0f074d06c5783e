import type { Node } from '../cluster/node.js';
import type { Drawn, FaultKind, Scene } from './fault.js';

type Strike = (node: Node, scene: Scene) => Pick<Drawn, 'strike' | 'end'>;

/** What happens to the process of one node. */
export const NODE_FAULTS: Readonly<Record<string, FaultKind>> = {
  'node kill': {
    weight: 5,
    draw: onNode((node) => ({ strike: () => node.kill(), end: () => node.start() })),
  },
  'node pause': {
    weight: 5,
    draw: onNode((node) => ({
      strike: async () => node.signal('SIGSTOP'),
      end: async () => node.signal('SIGCONT'),
    })),
  },
  'node stop': {
    weight: 4,
    draw: onNode((node) => ({ strike: () => node.stop(), end: () => node.start() })),
  },
  'clock back': { weight: 1, draw: onClock((scene) => -scene.random.between(2, 60)) },
  'clock back a little': { weight: 1, draw: onClock((scene) => -scene.random.between(0.05, 1.9)) },
  'clock ahead': { weight: 1, draw: onClock((scene) => scene.random.between(0.5, 8)) },
  'clock far ahead': { weight: 1, draw: onClock((scene) => scene.random.between(60, 100_000)) },
};

function onNode(strike: Strike): FaultKind['draw'] {
  return (scene) => {
    const node = scene.random.pick(scene.cluster.nodes);
    return { target: node.name, takes: [`process of ${node.name}`], ...strike(node, scene) };
  };
}

/** Only where the wall clock can be set; the monotonic one stays true. */
function onClock(offsetSeconds: (scene: Scene) => number): FaultKind['draw'] {
  return (scene) => {
    const nodes = scene.cluster.nodes.filter(({ options }) => options.clock !== undefined);
    if (nodes.length === 0) return undefined;
    const node = scene.random.pick(nodes);
    const offset = offsetSeconds(scene);
    const text = `${offset < 0 ? '' : '+'}${offset.toFixed(3)}s`;
    return {
      target: `${node.name} ${text}`,
      takes: [`process of ${node.name}`],
      strike: async () => node.setClock(text),
      end: async () => node.setClock('+0s'),
    };
  };
}
