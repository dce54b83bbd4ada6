/** Writes bytes to a buffer that grows. */
export class ByteWriter {
  #buffer: Uint8Array;
  #length = 0;

  constructor(capacityBytes = 128) {
    this.#buffer = new Uint8Array(capacityBytes);
  }

  get length(): number {
    return this.#length;
  }

  byte(value: number): this {
    this.#reserve(1);
    this.#buffer[this.#length++] = value;
    return this;
  }

  /** Writes a big-endian unsigned number of 1 to 4 bytes. */
  unsigned(value: number, bytes: number): this {
    this.#reserve(bytes);
    for (let shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
      this.#buffer[this.#length++] = value >>> shift;
    }
    return this;
  }

  bytes(value: Uint8Array): this {
    this.#reserve(value.length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  /** Writes a text of which every character is ASCII. */
  ascii(text: string): this {
    this.#reserve(text.length);
    for (let i = 0; i < text.length; i++) this.#buffer[this.#length++] = text.charCodeAt(i);
    return this;
  }

  /** Writes the end of an array, from `start` on: for a few bytes quicker than a view of them. */
  tail(bytes: Uint8Array, start: number): void {
    this.#reserve(bytes.length - start);
    for (let i = start; i < bytes.length; i++) this.#buffer[this.#length++] = bytes[i];
  }

  /** Returns what was written, as a copy of its own. */
  finish(): Uint8Array {
    return this.#buffer.slice(0, this.#length);
  }

  #reserve(more: number): void {
    const wanted = this.#length + more;
    if (wanted <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(wanted, this.#buffer.length * 2));
    larger.set(this.#buffer);
    this.#buffer = larger;
  }
}
