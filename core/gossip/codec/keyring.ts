import { fail } from "../../base/mod.ts";
import { sameBytes } from "./bytes.ts";

/** How many keys a ring holds: each is tried on each packet (ours; memberlist has no limit). */
const keysMax = 16;

/**
 * The gossip keys, the primary first: it encrypts, all are tried to decrypt.
 *
 * To rotate: `add` the new key everywhere, then `use` it everywhere, then `remove` the old one.
 */
export class Keyring {
  #keys: readonly Uint8Array[];

  /** The first key is the primary. */
  constructor(keys: readonly Uint8Array[]) {
    if (keys.length === 0) invalid("there is none", "Give at least one key");
    this.#keys = [];
    for (const key of keys) this.add(key);
  }

  get primary(): Uint8Array {
    return this.#keys[0];
  }

  /** All keys in the order in which they are tried. */
  get keys(): readonly Uint8Array[] {
    return this.#keys;
  }

  /** Adds a key behind the others; one that is there already changes nothing. */
  add(key: Uint8Array): void {
    if (![16, 24, 32].includes(key.length)) {
      invalid(`it has ${key.length} bytes`, "Give 16, 24 or 32 bytes (AES-128, AES-192, AES-256)");
    }
    if (this.#has(key)) return;
    if (this.#keys.length >= keysMax) {
      invalid(`the ring holds ${keysMax} keys already`, "Remove keys that are no longer in use");
    }
    this.#keys = [...this.#keys, key.slice()];
  }

  /** Makes a key of the ring the primary. */
  use(key: Uint8Array): void {
    if (!this.#has(key)) invalid("it is not in the ring", "Add it on every member first");
    this.#keys = [key.slice(), ...this.#without(key)];
  }

  /** Removes a key; the primary cannot be removed, an unknown one is no error. */
  remove(key: Uint8Array): void {
    if (sameBytes(key, this.primary)) invalid("it is the primary key", "Use another key first");
    this.#keys = this.#without(key);
  }

  #has(key: Uint8Array): boolean {
    return this.#keys.some((each) => sameBytes(each, key));
  }

  #without(key: Uint8Array): Uint8Array[] {
    return this.#keys.filter((each) => !sameBytes(each, key));
  }
}

function invalid(why: string, fix: string): never {
  fail("GOSSIP_KEY_INVALID", { what: "Cannot use the gossip key", why, fix });
}
