import { vi } from 'vitest';
import { FakeClock } from '../../../testing/src/fake-clock.js';
import { MemoryRangeMemory } from '../../../testing/src/memory-range-memory.js';
import { MemoryWitness } from '../../../testing/src/memory-witness.js';
import type { Allocation } from '../segment/segment-store.port.js';
import { RangeGuard, type RangeGuardDependencies, type RewindEvent } from './range-guard.js';
import type { Asked } from './verdict.js';
import { WitnessLink } from './witness-link.js';

export const TIMEOUT_MS = 700;

type Store = RangeGuardDependencies['store'];
type Given = { asked: Asked; floor: bigint; isFree: boolean };

interface Setup {
  onRewind?: 'heal' | 'refuse';
  witness?: 'none' | 'prefer' | 'require';
}

export function guardSetup({ onRewind = 'heal', witness: mode = 'none' }: Setup = {}) {
  const clock = new FakeClock();
  const witness = new MemoryWitness({ clock, scheduler: clock });
  const memory = new MemoryRangeMemory();
  const store = {
    takeFree: vi.fn<Store['takeFree']>(),
    giveBack: vi.fn<Store['giveBack']>(),
    dropFree: vi.fn<Store['dropFree']>(async () => undefined),
    heal: vi.fn<Store['heal']>(async ({ to }) => ({ maxId: to, healed: true })),
    acceptServer: vi.fn<Store['acceptServer']>(async () => true),
    passOver: vi.fn<Store['passOver']>(),
  };
  const events: RewindEvent[] = [];
  const dropped: string[] = [];
  const servers: boolean[] = [];
  const link =
    mode === 'none'
      ? undefined
      : new WitnessLink({ mode }, { witness, scheduler: clock, onReachable: () => undefined });
  const guard = new RangeGuard(
    { onRewind, holder: 'node-1' },
    {
      store,
      witness: link,
      memory,
      clock,
      onRewind: (event) => void events.push(event),
      onServerChanged: (hasMoved) => void servers.push(hasMoved),
      onDropped: (_, { start, end }) => void dropped.push(`${start}-${end}`),
    },
  );
  const judge = (
    range: Allocation,
    { asked = guard.ask('order'), floor = 0n, isFree = false }: Partial<Given> = {},
  ) => guard.judge('order', range, { asked, floor, isFree }, TIMEOUT_MS);
  return { clock, witness, memory, store, events, dropped, servers, guard, judge };
}

export function given(start: bigint, end: bigint, leases: bigint, epoch = 1n): Allocation {
  return { start, end, proof: { leases, epoch, isKnownServer: true } };
}

/** Admitted, and not by a claim. */
export const vouched = { claim: undefined };

export const from = (server: 'unknown', range: Allocation): Allocation => ({
  ...range,
  proof: { ...range.proof!, isKnownServer: server !== 'unknown' },
});
