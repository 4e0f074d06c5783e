import { expect, it, vi } from 'vitest';
import type { NodeState, ServiceRegistry } from '#core';
import { Registration } from './registration.js';

const STATE: NodeState = { weight: 1, workerId: 7 };
const LONG_MS = 60_000;

/** A node with a registry that writes down what it is told. */
function setup(withdrawn: () => Promise<void> = async () => undefined) {
  const told: string[] = [];
  const registry: ServiceRegistry = {
    announce: ({ workerId }) => void told.push(`in ${workerId}`),
    withdraw: () => {
      told.push('out');
      return withdrawn();
    },
    close: async () => undefined,
  };
  const node = { isReady: async () => false, state: () => STATE };
  const registration = new Registration(
    registry,
    () => node.isReady(),
    () => node.state(),
  );
  return { told, node, registration };
}

async function timeOf(work: Promise<void>): Promise<number> {
  const begunMs = performance.now();
  await work;
  return performance.now() - begunMs;
}

it('announces a node while it is ready, and only then', async () => {
  const { told, node, registration } = setup();
  await new Promise((resolve) => setTimeout(resolve, 250));
  expect(told).toEqual([]);
  node.isReady = async () => true;
  await expect.poll(() => told, { timeout: 5_000 }).toContain('in 7');
  node.isReady = async () => false;
  await expect.poll(() => told.at(-1), { timeout: 5_000 }).toBe('out');
  node.isReady = async () => true;
  await expect.poll(() => told.at(-1), { timeout: 5_000 }).toBe('in 7');
  await registration.close();
});

it('takes one that has lost its worker id for not ready', async () => {
  const { told, node, registration } = setup();
  node.isReady = async () => true;
  await expect.poll(() => told.at(-1), { timeout: 5_000 }).toBe('in 7');
  node.state = () => {
    throw new Error('no worker id');
  };
  await expect.poll(() => told.at(-1), { timeout: 5_000 }).toBe('out');
  await registration.close();
});

it('announces nothing after it has withdrawn, whatever was asked before', async () => {
  const { told, node, registration } = setup();
  let answer!: (isReady: boolean) => void;
  node.isReady = vi.fn<() => Promise<boolean>>(() => new Promise((resolve) => (answer = resolve)));
  await expect.poll(() => vi.mocked(node.isReady).mock.calls.length).toBe(1);
  await registration.withdraw(LONG_MS);
  answer(true);
  await new Promise((resolve) => setTimeout(resolve, 250));
  expect(told).toEqual(['out']);
});

it('looks at once when it is told of a change, and forgets a look that began before', async () => {
  const { told, node, registration } = setup();
  node.isReady = async () => true;
  await expect.poll(() => told.at(-1), { timeout: 5_000 }).toBe('in 7');
  const answers: ((isReady: boolean) => void)[] = [];
  node.isReady = () => new Promise((resolve) => answers.push(resolve));
  registration.refresh();
  registration.refresh();
  expect(answers).toHaveLength(2);
  told.length = 0;
  answers[1]!(false);
  await expect.poll(() => told).toEqual(['out']);
  answers[0]!(true);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(told).toEqual(['out']);
  await registration.close();
});

it('waits for the calls of those who were told just now, where anybody could have found it', async () => {
  const never = setup();
  expect(await timeOf(never.registration.withdraw(LONG_MS))).toBeLessThan(LONG_MS / 2);
  const { told, node, registration } = setup();
  node.isReady = async () => true;
  await expect.poll(() => told, { timeout: 5_000 }).toContain('in 7');
  expect(await timeOf(registration.withdraw(LONG_MS))).toBeGreaterThan(150);
});

it('waits no longer than it may for a registry that hangs', async () => {
  const { told, node, registration } = setup(() => new Promise(() => undefined));
  node.isReady = async () => true;
  await expect.poll(() => told, { timeout: 5_000 }).toContain('in 7');
  expect(await timeOf(registration.withdraw(100))).toBeLessThan(5_000);
});
