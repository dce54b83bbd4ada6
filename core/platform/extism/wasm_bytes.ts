/**
 * Reads a WebAssembly binary (WebAssembly core specification, chapter 5): as much of it as the guard needs.
 *
 * Every read is bounded by the section it is in; what runs over the end throws `MalformedWasm`.
 */
export class WasmReader {
  #at: number;

  constructor(readonly bytes: Uint8Array, start = 0, readonly end: number = bytes.length) {
    this.#at = start;
  }

  get at(): number {
    return this.#at;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.end;
  }

  byte(): number {
    if (this.#at >= this.end) throw new MalformedWasm("it ends in the middle of something");
    return this.bytes[this.#at++];
  }

  /** Reads an unsigned LEB128 number of at most 32 bits. */
  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if ((byte & 0x80) === 0) {
        if (value > 0xffff_ffff) break;
        return value;
      }
    }
    throw new MalformedWasm("a number is longer than 32 bits");
  }

  /** Skips a signed LEB128 number of at most 33 bits. */
  skipS33(): void {
    for (let count = 0; count < 5; count++) if ((this.byte() & 0x80) === 0) return;
    throw new MalformedWasm("a number is longer than 33 bits");
  }

  take(length: number): Uint8Array {
    if (length > this.end - this.#at) throw new MalformedWasm("a length runs over the end");
    const taken = this.bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return taken;
  }

  name(): string {
    return new TextDecoder("utf-8", { fatal: true }).decode(this.take(this.u32()));
  }
}

/** The bytes are not a WebAssembly binary that the guard can read. */
export class MalformedWasm extends Error {
  override readonly name = "MalformedWasm";
}

/** Returns a number as unsigned LEB128. */
export function encodeU32(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return bytes;
}

/** Returns a name as the binary format has it: its length in bytes, then UTF-8. */
export function encodeName(name: string): number[] {
  const bytes = new TextEncoder().encode(name);
  return [...encodeU32(bytes.length), ...bytes];
}

/** Returns several parts as one array. */
export function concatBytes(parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  const joined = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
