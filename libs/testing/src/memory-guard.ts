import {
  RangeGuard,
  systemClock,
  systemScheduler,
  WitnessLink,
  type Clock,
  type RangeGuardDependencies,
  type RangeGuardOptions,
  type Scheduler,
  type Witness,
} from '#core';
import { MemoryRangeMemory } from './memory-range-memory.js';

export interface MemoryGuardSetup {
  store: RangeGuardDependencies['store'];
  clock?: Clock & Scheduler;
  witness?: Witness;
  onRewind?: RangeGuardOptions['onRewind'];
  mode?: 'prefer' | 'require';
  events?: Partial<Pick<RangeGuardDependencies, 'onRewind' | 'onServerChanged' | 'onDropped'>>;
}

const nothing = () => undefined;

/** A node's guard that remembers what it has seen for as long as the test runs. */
export function memoryGuard(setup: MemoryGuardSetup): RangeGuard {
  const { store, witness, onRewind = 'heal', mode = 'prefer', events = {} } = setup;
  const clock = setup.clock ?? { ...systemClock, ...systemScheduler };
  const link = { witness: witness!, scheduler: clock, onReachable: nothing };
  return new RangeGuard(
    { onRewind, holder: 'node' },
    {
      store,
      witness: witness && new WitnessLink({ mode }, link),
      memory: new MemoryRangeMemory(),
      clock,
      onRewind: nothing,
      onServerChanged: nothing,
      onDropped: nothing,
      ...events,
    },
  );
}
