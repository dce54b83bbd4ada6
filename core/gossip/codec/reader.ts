/**
 * Thrown where bytes run short: `neededBytes` is the least length of the whole input with which reading can go on.
 *
 * A stream waits for that many; a datagram, which is all there will be, turns it into a problem.
 */
export class ShortInput extends Error {
  override readonly name = "ShortInput";

  constructor(readonly neededBytes: number) {
    super(`Needs ${neededBytes} bytes`);
  }
}

/** Reads bytes from the front. What it returns are views, not copies. */
export class ByteReader {
  constructor(readonly bytes: Uint8Array, public position = 0) {}

  /** Bytes not read yet. */
  get left(): number {
    return this.bytes.length - this.position;
  }

  byte(): number {
    if (this.position >= this.bytes.length) throw new ShortInput(this.position + 1);
    return this.bytes[this.position++];
  }

  /** Returns the next byte without taking it. */
  peek(): number {
    if (this.position >= this.bytes.length) throw new ShortInput(this.position + 1);
    return this.bytes[this.position];
  }

  /** Takes these very bytes, if they are the next, and returns whether they were. */
  takeIf(expected: Uint8Array): boolean {
    const { bytes, position } = this;
    if (bytes.length - position < expected.length) return false;
    for (let i = 0; i < expected.length; i++) {
      if (bytes[position + i] !== expected[i]) return false;
    }
    this.position += expected.length;
    return true;
  }

  take(count: number): Uint8Array {
    const end = this.position + count;
    if (end > this.bytes.length) throw new ShortInput(end);
    const taken = this.bytes.subarray(this.position, end);
    this.position = end;
    return taken;
  }

  /** Returns a big-endian unsigned number of 1 to 6 bytes. */
  unsigned(bytes: number): number {
    const end = this.position + bytes;
    if (end > this.bytes.length) throw new ShortInput(end);
    let value = 0;
    while (this.position < end) value = value * 256 + this.bytes[this.position++];
    return value;
  }
}
