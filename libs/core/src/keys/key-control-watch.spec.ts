import { expect, it } from 'vitest';
import { KeyControlWatch, type KeyControls } from '#core';
import { FakeClock } from '#testing';

const controls = (revision: bigint): KeyControls => ({
  revision,
  controls: new Map(),
  deleted: new Set(),
});

function setup() {
  const clock = new FakeClock();
  const told: bigint[] = [];
  const failures: unknown[] = [];
  const asked: (bigint | undefined)[] = [];
  const store = { revision: 1n, down: false };
  const watch = new KeyControlWatch({
    store: {
      async controls(revision) {
        asked.push(revision);
        if (store.down) throw new Error('down');
        return store.revision === revision ? undefined : controls(store.revision);
      },
    },
    scheduler: clock,
    onControls: ({ revision }) => told.push(revision),
    onFailed: (error) => failures.push(error),
  });
  return { clock, watch, store, told, asked, failures };
}

it('tells of each change within half a second, also where the store went back', async () => {
  const { clock, watch, store, told, asked } = setup();
  watch.start();
  await clock.advance(2_000);
  expect(asked).toEqual([undefined, 1n, 1n, 1n, 1n]);
  expect(told).toEqual([1n]);
  store.revision = 7n;
  await clock.advance(500);
  store.revision = 5n;
  await clock.advance(500);
  expect(told).toEqual([1n, 7n, 5n]);
});

it('goes on through an outage, and keeps what it knew', async () => {
  const { clock, watch, store, told, failures } = setup();
  watch.start();
  await clock.flush();
  store.down = true;
  await clock.advance(1_000);
  expect(failures).toHaveLength(1);
  expect(told).toEqual([1n]);
  store.down = false;
  store.revision = 2n;
  await clock.advance(500);
  expect(told).toEqual([1n, 2n]);
  store.down = true;
  await clock.advance(500);
  expect(failures).toHaveLength(2);
});

it('asks at once where it is told to', async () => {
  const { watch, clock, store, told } = setup();
  watch.start();
  await clock.flush();
  store.revision = 2n;
  await watch.refresh();
  expect(told).toEqual([1n, 2n]);
});

it('asks no more once it is stopped', async () => {
  const { watch, clock, asked } = setup();
  watch.start();
  await clock.flush();
  watch.stop();
  await clock.advance(5_000);
  expect(asked).toHaveLength(1);
  expect(clock.pendingTasks).toBe(0);
});
