import { describe, expect, it } from 'vitest';
import { Gate } from './gate.js';

/** Enters as often as told; the numbers of those that got in, in the order in which they did. */
function crowd(gate: Gate, count: number, signal?: AbortSignal) {
  const entered: number[] = [];
  const refused: unknown[] = [];
  for (let i = 0; i < count; i++) {
    const turn = gate.enter(signal ?? new AbortController().signal);
    if (turn) {
      turn.then(
        () => entered.push(i),
        (reason: unknown) => refused.push(reason),
      );
    } else {
      entered.push(i);
    }
  }
  return { entered, refused };
}

const settled = () => new Promise((resolve) => void setImmediate(resolve));

describe('Gate', () => {
  it('lets so many in, and the others in their order as these leave', async () => {
    const gate = new Gate(2, 10);
    const { entered } = crowd(gate, 6);
    expect(entered).toEqual([0, 1]);
    gate.leave();
    await settled();
    expect(entered).toEqual([0, 1, 2]);
    gate.leave();
    gate.leave();
    gate.leave();
    await settled();
    expect(entered).toEqual([0, 1, 2, 3, 4, 5]);
    // The line was empty in between.
    expect(crowd(gate, 1).entered).toEqual([]);
  });

  it('lets nobody overtake those in line', async () => {
    const gate = new Gate(1, 10);
    gate.shut();
    const first = crowd(gate, 1);
    gate.open();
    const second = crowd(gate, 1);
    await settled();
    expect([first.entered, second.entered]).toEqual([[0], []]);
    gate.leave();
    await settled();
    expect(second.entered).toEqual([0]);
  });

  it('forgets who is aborted, and has room for another', async () => {
    const gate = new Gate(1, 2);
    const controller = new AbortController();
    crowd(gate, 1);
    const aborted = crowd(gate, 2, controller.signal);
    expect(crowd(gate, 1).entered).toEqual([]);
    const reason = new Error('enough');
    controller.abort(reason);
    await settled();
    expect(aborted).toEqual({ entered: [], refused: [reason, reason] });
    const later = crowd(gate, 2);
    gate.leave();
    await settled();
    expect(later).toEqual({ entered: [0], refused: [] });
  });

  it('refuses those for whom the line is too long', async () => {
    const gate = new Gate(1, 2);
    const { entered, refused } = crowd(gate, 5);
    await settled();
    expect(entered).toEqual([0]);
    expect(refused).toMatchObject([
      { code: 'OVERLOADED', retryable: true },
      { code: 'OVERLOADED', retryable: true },
    ]);
  });

  it('refuses all in line at once, and goes on', async () => {
    const gate = new Gate(1, 10);
    const { entered, refused } = crowd(gate, 4);
    const reason = new Error('lost');
    gate.refuseAll(reason);
    await settled();
    expect({ entered, refused }).toEqual({ entered: [0], refused: [reason, reason, reason] });
    gate.leave();
    expect(crowd(gate, 1).entered).toEqual([0]);
  });
});
