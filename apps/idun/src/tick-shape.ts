import { executionAsyncResource } from 'node:async_hooks';

const kept: object[] = [];

/**
 * Keeps one of the objects in which Node queues `process.nextTick` calls, for as long as the process
 * lives. V8 forgets the shape of objects of which none is left at a garbage collection. If that happens
 * before its compiler has seen enough of them, it treats their shape as ever changing from then on, and
 * each of the several ticks of an HTTP request takes the slowest way there is: a sixth of our CPU.
 */
export function keepTickShape(): void {
  process.nextTick(() => kept.push(executionAsyncResource()));
}
