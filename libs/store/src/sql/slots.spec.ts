import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Deadline } from './deadline.js';
import { Slots } from './slots.js';

it('hands slots on in order and no more of them than there are', async () => {
  const slots = new Slots(2);
  const deadline = new Deadline(5_000);
  let most = 0;
  let inUse = 0;
  const order: number[] = [];
  await Promise.all(
    Array.from({ length: 20 }, async (_, i) => {
      const free = await slots.take(deadline);
      order.push(i);
      most = Math.max(most, ++inUse);
      await delay(1);
      inUse--;
      free();
      free();
    }),
  );
  deadline.clear();
  expect(most).toBe(2);
  expect(order).toEqual(Array.from({ length: 20 }, (_, i) => i));
});

it('refuses those who waited too long and keeps the slot for the others', async () => {
  const slots = new Slots(1);
  const free = await slots.take(new Deadline(1_000));
  await expect(slots.take(new Deadline(10))).rejects.toThrow(/within 10 ms/);
  const waiting = slots.take(new Deadline(1_000));
  free();
  expect(await waiting).toBeTypeOf('function');
});

it('passes on a slot that arrives together with the deadline', async () => {
  const slots = new Slots(1);
  const free = await slots.take(new Deadline(1_000));
  const deadline = new Deadline(5);
  const late = slots.take(deadline).then(
    (taken) => taken(),
    () => undefined,
  );
  setTimeout(free, 5);
  await late;
  const next = await slots.take(new Deadline(100));
  expect(next).toBeTypeOf('function');
});
