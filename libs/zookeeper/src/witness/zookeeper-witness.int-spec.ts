import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startZooKeeper, type ZooKeeperServer } from '../../../testing/src/servers/index.js';
import { describeWitness } from '../../../testing/src/witness.contract.js';
import { freshBench, openNode } from '../leaf/leaf.fixture.js';
import { freshRoot, open, Operator } from '../zookeeper.fixture.js';
import { openWitness, pathOf } from './witness.fixture.js';

let server: ZooKeeperServer;
let operator: Operator;
beforeAll(async () => {
  server = await startZooKeeper();
  operator = await Operator.connect(server.connectString);
});
afterAll(async () => {
  operator.close();
  await server.stop();
});

describeWitness('ZooKeeper', async (options) => {
  const root = freshRoot();
  const node = () => openWitness(server.connectString, { root, ...options });
  const nodes = [node(), node(), node()] as const;
  return {
    nodes: [nodes[0].witness, nodes[1].witness, nodes[2].witness],
    elapse: (ms) => delay(ms),
    remove: (key) => operator.remove(pathOf(root, key)),
    close: async () => void (await Promise.all(nodes.map((each) => each.close()))),
  };
});

describe('the witness in ZooKeeper', () => {
  const TIMEOUT_MS = 10_000;
  let root: string;
  let node: ReturnType<typeof open>;
  beforeEach(() => {
    root = freshRoot();
    node = open(server.connectString, root);
  });
  afterEach(() => node.close());

  const claim = (start: bigint, end: bigint) =>
    node.witness.claim('k', { start, end }, 0n, TIMEOUT_MS);
  const stored = async () => JSON.parse(await operator.read(pathOf(root, 'k'))) as object;

  it('shows operators what it knows, and writes nothing of worker ids', async () => {
    await node.witness.open('k', 1n, TIMEOUT_MS);
    await node.witness.claim('k', { start: 1n, end: 101n }, 7n, TIMEOUT_MS);
    expect(await operator.children(root)).toEqual(['witness']);
    await node.witness.claim('k', { start: 201n, end: 301n }, 7n, TIMEOUT_MS);
    await node.witness.release('k', { start: 51n, end: 101n }, 1n, TIMEOUT_MS);
    await node.witness.claim('k', { start: 51n, end: 61n }, 7n, TIMEOUT_MS);
    const incarnation = expect.stringMatching(/^[\da-f-]{36}$/);
    expect(await stored()).toEqual({
      incarnation,
      mark: '301',
      epoch: '7',
      claims: '3',
      holes: [
        ['61', '101', null],
        ['101', '201', expect.any(Number)],
      ],
      taken: [['51', '61', '3']],
      releasableFrom: '1',
    });
    expect(await operator.children(pathOf(root, 'k'))).toEqual([incarnation]);
    expect((await operator.children(root)).toSorted()).toEqual(['clock', 'witness']);
  });

  it('leaves worker ids as they are without it', async () => {
    await node.witness.open('k', 1n, TIMEOUT_MS);
    await claim(11n, 21n);
    const { records } = await node.workers.within(TIMEOUT_MS, (session) => session.read());
    expect(records).toEqual([]);
    expect((await operator.children(root)).toSorted()).toEqual([
      'alive',
      'clock',
      'witness',
      'workers',
    ]);
  });

  it('is the same one beside a Leaf', async () => {
    const leaf = openNode({ ...freshBench(server.connectString), root });
    try {
      await leaf.witness.open('k', 1n, TIMEOUT_MS);
      expect(await claim(1n, 11n)).toMatchObject({ verdict: 'claimed' });
      expect(await operator.children(root)).toEqual(['witness']);
    } finally {
      await leaf.close();
    }
  });

  it('reads no clock and nothing else for claims in line, and writes once for each', async () => {
    await node.witness.open('k', 1n, TIMEOUT_MS);
    const before = await operator.stat(pathOf(root, 'k'));
    for (let n = 1n; n < 100n; n += 10n)
      expect(await claim(n, n + 10n)).toMatchObject({ verdict: 'claimed' });
    const after = await operator.stat(pathOf(root, 'k'));
    expect(after.version - before.version).toBe(10);
    expect(await operator.children(root)).not.toContain('clock');
  });

  it('carries out together what is asked at once, each as if it were alone', async () => {
    await node.witness.open('k', 1n, TIMEOUT_MS);
    const before = await operator.stat(pathOf(root, 'k'));
    const asked = Array.from({ length: 100 }, (_, n) => BigInt(1 + 10 * (n >> 1)));
    const claims = await Promise.all(asked.map((start) => claim(start, start + 10n)));
    const verdicts = claims.map(({ verdict }) => verdict);
    expect(verdicts).toEqual(asked.map((_, n) => (n % 2 === 0 ? 'claimed' : 'rewound')));
    const after = await operator.stat(pathOf(root, 'k'));
    expect(after.version - before.version).toBeLessThan(10);
    expect(await stored()).toMatchObject({ mark: '501', holes: [] });
  });

  it.each([
    '',
    '{}',
    '{"mark":"1"}',
    'holes in disorder',
    'a hole above the mark',
    'taken in disorder',
  ])('neither claims nor opens over what it did not write: %s', async (text) => {
    await node.witness.open('k', 1n, TIMEOUT_MS);
    const holes =
      text === 'a hole above the mark'
        ? [['90', '110', null]]
        : [
            ['5', '9', null],
            ['2', '4', null],
          ];
    const isJson = text === '' || text.startsWith('{');
    const ranges =
      text === 'taken in disorder'
        ? {
            taken: [
              ['5', '9', '1'],
              ['8', '10', '2'],
            ],
          }
        : { holes };
    const data = isJson ? text : JSON.stringify({ ...(await stored()), mark: '100', ...ranges });
    await operator.write(pathOf(root, 'k'), data);
    const refused = {
      code: 'STORE_UNAVAILABLE',
      cause: expect.objectContaining({ message: expect.stringContaining('remove it') }),
    };
    await expect(claim(100n, 101n)).rejects.toMatchObject(refused);
    await expect(node.witness.open('k', 1n, TIMEOUT_MS)).rejects.toMatchObject(refused);
    expect(await operator.read(pathOf(root, 'k'))).toBe(data);
    await operator.remove(pathOf(root, 'k'));
    await node.witness.open('k', 1n, TIMEOUT_MS);
    expect(await claim(1n, 2n)).toMatchObject({ verdict: 'claimed' });
  });

  it('does not write over a node that was copied there, whose version counts from zero', async () => {
    await node.witness.open('k', 1n, TIMEOUT_MS);
    const data = await operator.read(pathOf(root, 'k'));
    const [child] = await operator.children(pathOf(root, 'k'));
    await operator.remove(pathOf(root, 'k'));
    await operator.create(pathOf(root, 'k'), data);
    await operator.create(`${pathOf(root, 'k')}/${child}`, '');
    await expect(claim(1n, 2n)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(await operator.read(pathOf(root, 'k'))).toBe(data);
  });
});
