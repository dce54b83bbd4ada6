/**
 * LZW in the GIF style: least significant bit first, 8-bit literals, codes of 9 to 12 bits.
 *
 * The writer is exact to the bit: it resets its dictionary where Go's `compress/lzw` does.
 */
import { checkBound, malformed } from "./malformed.ts";
import { ByteWriter } from "./writer.ts";

const clearCode = 256;
const endCode = 257;
const widthMax = 12;
const codeMax = (1 << widthMax) - 1;
const slots = 1 << 14;

/** Writes codes of a varying width, least significant bit first. */
class BitWriter {
  readonly #writer = new ByteWriter(512);
  #bits = 0;
  #count = 0;

  code(value: number, width: number): void {
    this.#bits |= value << this.#count;
    this.#count += width;
    for (; this.#count >= 8; this.#count -= 8) {
      this.#writer.byte(this.#bits & 0xff);
      this.#bits >>>= 8;
    }
  }

  finish(): Uint8Array {
    if (this.#count > 0) this.#writer.byte(this.#bits & 0xff);
    return this.#writer.finish();
  }
}

/** The writer's dictionary: (prefix code, next byte) to code, by open addressing. */
class Dictionary {
  readonly #keys = new Int32Array(slots).fill(-1);
  readonly #codes = new Uint16Array(slots);

  clear(): void {
    this.#keys.fill(-1);
  }

  /** Returns the slot that holds the pair, or the free one where it belongs. */
  slot(key: number): number {
    let slot = ((key >>> 12) ^ key) & (slots - 1);
    while (this.#keys[slot] !== -1 && this.#keys[slot] !== key) slot = (slot + 1) & (slots - 1);
    return slot;
  }

  code(slot: number): number | undefined {
    return this.#keys[slot] === -1 ? undefined : this.#codes[slot];
  }

  enter(slot: number, key: number, code: number): void {
    this.#keys[slot] = key;
    this.#codes[slot] = code;
  }
}

// Tables of some 100 kB are made once: a call runs to its end before the next begins.
const dictionary = new Dictionary();
const prefixes = new Uint16Array(codeMax + 1);
const suffixes = new Uint8Array(codeMax + 1);
/** Filled from its end: a chain of prefixes gives the bytes in reverse. */
const string = new Uint8Array(codeMax + 1);

/** Returns the bytes compressed. No bytes give a stream that holds none. */
export function compressLzw(bytes: Uint8Array): Uint8Array {
  const out = new BitWriter();
  dictionary.clear();
  let width = 9;
  let high = endCode;
  /** Counts a code that was written; returns whether the pair may be entered under `high`. */
  const count = (): boolean => {
    high++;
    if (high === 1 << width) width++;
    if (high !== codeMax) return true;
    out.code(clearCode, width);
    width = 9;
    high = endCode;
    dictionary.clear();
    return false;
  };
  out.code(clearCode, width);
  let prefix = -1;
  for (const byte of bytes) {
    if (prefix < 0) {
      prefix = byte;
      continue;
    }
    const key = (prefix << 8) | byte;
    const slot = dictionary.slot(key);
    const known = dictionary.code(slot);
    if (known !== undefined) {
      prefix = known;
      continue;
    }
    out.code(prefix, width);
    prefix = byte;
    if (count()) dictionary.enter(slot, key, high);
  }
  if (prefix >= 0) {
    out.code(prefix, width);
    count();
  }
  out.code(endCode, width);
  return out.finish();
}

/** Reads codes of a varying width, least significant bit first. */
class BitReader {
  #at = 0;
  #bits = 0;
  #count = 0;

  constructor(readonly bytes: Uint8Array) {}

  code(width: number): number {
    for (; this.#count < width; this.#count += 8) {
      if (this.#at >= this.bytes.length) malformed("a compressed message has no end");
      this.#bits |= this.bytes[this.#at++] << this.#count;
    }
    const code = this.#bits & ((1 << width) - 1);
    this.#bits >>>= width;
    this.#count -= width;
    return code;
  }
}

/** Returns the bytes that `compressed` stands for; throws where it is broken or longer than `bytesMax`. */
export function inflateLzw(compressed: Uint8Array, bytesMax: number): Uint8Array {
  const input = new BitReader(compressed);
  const out = new ByteWriter(Math.min(bytesMax, compressed.length * 4 + 16));
  let [width, high, last] = [9, endCode, -1];

  for (;;) {
    const code = input.code(width);
    if (code === endCode) return out.finish();
    if (code === clearCode) {
      [width, high, last] = [9, endCode, -1];
      continue;
    }
    // The code being made now means the previous string and its first byte again.
    const isNew = code === high && last >= 0;
    if (code > high) malformed("a compressed message has a code that means nothing yet");
    let start = isNew ? string.length - 1 : string.length;
    let chain = isNew ? last : code;
    for (; chain >= clearCode; chain = prefixes[chain]) string[--start] = suffixes[chain];
    string[--start] = chain;
    if (isNew) string[string.length - 1] = chain;
    checkBound(out.length + string.length - start, bytesMax, "length of an inflated message");
    out.tail(string, start);

    if (last >= 0) {
      suffixes[high] = chain;
      prefixes[high] = last;
    }
    last = code;
    if (high < codeMax) {
      high++;
      if (high === 1 << width) width++;
    } else last = -1; // the dictionary is full: codes go on, nothing more is entered
  }
}
