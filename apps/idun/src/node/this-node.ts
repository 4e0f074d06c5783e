/** What an operator changes of a running node. Gone when it ends. */
export class ThisNode {
  private readonly listeners: (() => void)[] = [];
  private draining = false;

  constructor(private currentWeight: number) {}

  /** How much of the calls it should get, against the other nodes. */
  get weight(): number {
    return this.currentWeight;
  }

  /** It shall get no calls, and still answers those that come. */
  get isDraining(): boolean {
    return this.draining;
  }

  change({ draining, weight }: { draining?: boolean; weight?: number }): void {
    this.draining = draining ?? this.draining;
    this.currentWeight = weight ?? this.currentWeight;
    for (const listener of this.listeners) listener();
  }

  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }
}
