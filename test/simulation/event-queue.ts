interface Entry {
  atMs: number;
  order: number;
  run: () => void;
}

/** A binary heap. What is due at the same time comes out in the order in which it went in. */
export class EventQueue {
  private readonly heap: Entry[] = [];
  private order = 0;

  get nextAtMs(): number | undefined {
    return this.heap[0]?.atMs;
  }

  push(atMs: number, run: () => void): void {
    const { heap } = this;
    const entry = { atMs, order: this.order++, run };
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(entry, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = entry;
  }

  pop(): Entry | undefined {
    const first = this.heap[0];
    const last = this.heap.pop();
    if (this.heap.length > 0) this.sink(last!);
    return first;
  }

  private sink(entry: Entry): void {
    const { heap } = this;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, entry)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = entry;
  }
}

const isBefore = (a: Entry, b: Entry) =>
  a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
