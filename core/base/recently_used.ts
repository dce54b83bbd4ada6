/** What is kept at most; the weights are in whatever unit the caller counts. */
export interface RecentlyUsedBounds {
  readonly entriesMax: number;
  readonly weightMax?: number;
}

/**
 * Values by key, of which the least lately used give way where there are too many, or they weigh too much. A value that alone
 * weighs too much is not kept.
 */
export class RecentlyUsed<Value> {
  readonly #bounds: Required<RecentlyUsedBounds>;
  /** Least lately used first. */
  readonly #entries = new Map<string, { readonly value: Value; readonly weight: number }>();
  #weight = 0;

  constructor({ entriesMax, weightMax = Infinity }: RecentlyUsedBounds) {
    this.#bounds = { entriesMax, weightMax };
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  set(key: string, value: Value, weight = 0): void {
    this.delete(key);
    const { entriesMax, weightMax } = this.#bounds;
    if (weight > weightMax) return;
    this.#entries.set(key, { value, weight });
    this.#weight += weight;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= entriesMax && this.#weight <= weightMax) return;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#weight -= entry.weight;
  }
}
