/** What is to happen, by time; of one instant, in the order in which it was put. A binary heap. */
export class EventQueue<T> {
  readonly #heap: Event<T>[] = [];
  #orders = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** When the next happens; nothing where nothing is left. */
  get nextMs(): number | undefined {
    return this.#heap[0]?.atMs;
  }

  /** What happens next; nothing where nothing is left. */
  get next(): T | undefined {
    return this.#heap[0]?.what;
  }

  put(atMs: number, what: T): void {
    const event = { atMs, order: this.#orders++, what };
    let at = this.#heap.length;
    this.#heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, this.#heap[parent])) break;
      this.#heap[at] = this.#heap[parent];
      at = parent;
    }
    this.#heap[at] = event;
  }

  /** Takes the next. */
  take(): T | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (!first || !last) return undefined;
    if (this.#heap.length > 0) this.#sink(last);
    return first.what;
  }

  #sink(event: Event<T>): void {
    const size = this.#heap.length;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= size) break;
      if (child + 1 < size && isBefore(this.#heap[child + 1], this.#heap[child])) child++;
      if (!isBefore(this.#heap[child], event)) break;
      this.#heap[at] = this.#heap[child];
      at = child;
    }
    this.#heap[at] = event;
  }
}

interface Event<T> {
  readonly atMs: number;
  readonly order: number;
  readonly what: T;
}

function isBefore<T>(one: Event<T>, other: Event<T>): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
}
