import { Gunzip } from "fflate";
import { ArchiveFault, type Budget } from "./limits.ts";

/** The bytes of an archive, read piece by piece: from a file on disk, or from memory. */
export interface ArchiveSource {
  readonly length: number;
  /** Returns bytes from an offset on; fewer where the source ends. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** One file of an archive, unpacked when it is asked for. */
export interface ArchiveMember {
  readonly path: string;
  readonly sizeBytes: number;
  /** Throws an `ArchiveFault` where the content is damaged. */
  read(): Promise<Uint8Array>;
}

/** Returns a source of bytes that are in memory. */
export function memorySource(bytes: Uint8Array): ArchiveSource {
  return {
    length: bytes.length,
    read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
  };
}

/** Bytes that are read from the first to the last. */
export interface ByteStream {
  /** Returns the next bytes; fewer where the stream ends. */
  take(length: number): Promise<Uint8Array>;
  skip(length: number): Promise<void>;
}

/** A source from its beginning on: what is skipped is not read. */
export class SourceStream implements ByteStream {
  #at = 0;

  constructor(readonly source: ArchiveSource) {}

  async take(length: number): Promise<Uint8Array> {
    const bytes = await this.source.read(this.#at, length);
    this.#at += bytes.length;
    return bytes;
  }

  skip(length: number): Promise<void> {
    this.#at += length;
    return Promise.resolve();
  }
}

const packedStepBytes = 64 * 1024;

/** What a gzipped source unpacks to. Little more is held than what is asked for; what is unpacked is counted. */
export class GunzipStream implements ByteStream {
  readonly #chunks: Uint8Array[] = [];
  readonly #gunzip: Gunzip;
  #held = 0;
  #read = 0;

  constructor(readonly source: ArchiveSource, budget: Budget) {
    this.#gunzip = new Gunzip((chunk) => {
      budget.addBytes(chunk.length);
      if (chunk.length === 0) return;
      this.#chunks.push(chunk);
      this.#held += chunk.length;
    });
  }

  async take(length: number): Promise<Uint8Array> {
    const taken = new Uint8Array(await this.#fill(length));
    this.#drop(taken.length, (part, at) => taken.set(part, at));
    return taken;
  }

  async skip(length: number): Promise<void> {
    for (let rest = length; rest > 0;) {
      const step = await this.#fill(Math.min(rest, packedStepBytes));
      if (step === 0) return;
      this.#drop(step, () => {});
      rest -= step;
    }
  }

  /** Unpacks until so many bytes are held, or the source ends; returns how many of them there are. */
  async #fill(length: number): Promise<number> {
    while (this.#held < length && this.#read < this.source.length) {
      const packed = await this.source.read(this.#read, packedStepBytes);
      if (packed.length === 0) break;
      this.#read += packed.length;
      try {
        this.#gunzip.push(packed, this.#read >= this.source.length);
      } catch (error) {
        if (error instanceof ArchiveFault) throw error;
        throw new ArchiveFault("its gzip content is damaged or cut off");
      }
    }
    return Math.min(length, this.#held);
  }

  #drop(length: number, each: (part: Uint8Array, at: number) => void): void {
    let at = 0;
    while (at < length) {
      const chunk = this.#chunks[0];
      const part = chunk.subarray(0, length - at);
      each(part, at);
      at += part.length;
      if (part.length === chunk.length) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(part.length);
    }
    this.#held -= length;
  }
}
