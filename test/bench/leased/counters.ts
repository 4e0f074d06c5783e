/** What ids issued in process are compared with: the least that a counter of each kind can be. */
export class NumberCounter {
  /** Minus zero, as in the client: a field that began as a small integer is slower once it holds a large number. */
  private following = -0;

  constructor(first: number) {
    this.following = first;
  }

  next(): number {
    return this.following++;
  }
}

export class BigintCounter {
  private readonly following = new BigUint64Array(1);

  constructor(first: number) {
    this.following[0] = BigInt(first);
  }

  next(): bigint {
    const id = this.following[0] as bigint;
    this.following[0] = id + 1n;
    return id;
  }
}

export class StringCounter {
  private following = -0;

  constructor(first: number) {
    this.following = first;
  }

  next(): string {
    return String(this.following++);
  }
}
