import { compoundPartOverheadBytes } from "./codec/mod.ts";

/** One message that waits to be spread. */
interface Broadcast {
  /** What it is about: a newer one with the same key replaces it. */
  readonly key: string | undefined;
  readonly message: Uint8Array;
  /** Rises with each message queued: among equals the newest goes first. */
  readonly order: number;
  transmits: number;
}

/**
 * Returns how often each message is sent by each member, so that one of `missedOnceIn` misses anybody. Where all n members send c
 * copies to members at random, each is missed with the chance e⁻ᶜ, and any of them with n·e⁻ᶜ (SWIM, section 4.1).
 */
export function copiesOf(missedOnceIn: number, members: number): number {
  return Math.max(1, Math.ceil(Math.log(missedOnceIn * members)));
}

/**
 * Messages to spread, each a limited number of times. Those sent least go first; among those the longest that fits, so
 * that packets are full; among those the newest.
 */
export class BroadcastQueue {
  /** Sorted as they are to be sent. */
  readonly #waiting: Broadcast[] = [];
  readonly #byKey = new Map<string, Broadcast>();
  readonly #max: number;
  #orders = 0;

  /** At most `max` messages wait; the one sent most gives way. */
  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** Whether a message with this key is still to be sent. */
  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  queue(message: Uint8Array, key?: string): void {
    const older = key === undefined ? undefined : this.#byKey.get(key);
    if (older) this.#remove(older);
    if (this.#waiting.length >= this.#max) this.#remove(this.#waiting[this.#waiting.length - 1]);
    this.#insert({ key, message, order: this.#orders++, transmits: 0 });
  }

  /** Returns how many bytes of packets the waiting messages would fill, up to `limitBytes`. */
  waitingBytes(limitBytes: number): number {
    let bytes = 0;
    for (const { message } of this.#waiting) {
      bytes += message.length + compoundPartOverheadBytes;
      if (bytes >= limitBytes) return limitBytes;
    }
    return bytes;
  }

  /** Takes messages for one packet into `spaceBytes`, at most `countMax`; each taken is counted as sent once. */
  take(spaceBytes: number, countMax: number, limit: number): Uint8Array[] {
    const taken: Broadcast[] = [];
    let left = spaceBytes;
    for (const broadcast of this.#waiting) {
      if (left < shortestBytes || taken.length >= countMax) break;
      const size = broadcast.message.length + compoundPartOverheadBytes;
      if (size > left) continue;
      left -= size;
      taken.push(broadcast);
    }
    for (const broadcast of taken) {
      this.#remove(broadcast);
      if (++broadcast.transmits < limit) this.#insert(broadcast);
    }
    return taken.map(({ message }) => message);
  }

  #insert(broadcast: Broadcast): void {
    if (broadcast.key !== undefined) this.#byKey.set(broadcast.key, broadcast);
    this.#waiting.splice(this.#placeOf(broadcast), 0, broadcast);
  }

  #remove(broadcast: Broadcast): void {
    if (broadcast.key !== undefined) this.#byKey.delete(broadcast.key);
    this.#waiting.splice(this.#placeOf(broadcast), 1);
  }

  /** Returns where a message stands, or belongs: found by halving. */
  #placeOf(broadcast: Broadcast): number {
    let [low, high] = [0, this.#waiting.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(this.#waiting[middle], broadcast) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** No message of the protocol is shorter. */
const shortestBytes = 3 + compoundPartOverheadBytes;

function compare(one: Broadcast, other: Broadcast): number {
  return one.transmits - other.transmits || other.message.length - one.message.length ||
    other.order - one.order;
}
