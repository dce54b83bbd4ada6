import { fail } from "../base/mod.ts";
import type { Surroundings } from "./surroundings.ts";

/** Bounds on what one command fetches. */
const limits = { timeoutMs: 30_000, bytesMax: 64 * 1024 * 1024, filesMax: 500 };

/** Whether a word names a file on a server. */
export function isUrl(word: string): boolean {
  return /^https?:\/\//i.test(word);
}

/**
 * Files on servers, each fetched once and told to the user with its digest: what a name on the network means today may
 * be another file tomorrow.
 */
export class RemoteFiles {
  readonly #it: Surroundings;
  readonly #found = new Map<string, Uint8Array | { readonly failure: string }>();
  #leftBytes = limits.bytesMax;

  constructor(it: Surroundings) {
    this.#it = it;
  }

  /** Returns a file's bytes; nothing where it cannot be had (see `failure`). */
  async read(url: string): Promise<Uint8Array | undefined> {
    const found = this.#found.get(url) ?? await this.#fetch(url);
    this.#found.set(url, found);
    return found instanceof Uint8Array ? found : undefined;
  }

  /** Returns why a file could not be had: half a sentence. */
  failure(url: string): string | undefined {
    const found = this.#found.get(url);
    return found === undefined || found instanceof Uint8Array ? undefined : found.failure;
  }

  /** Returns a file's bytes; that it cannot be had ends the command. */
  async require(url: string): Promise<Uint8Array> {
    const bytes = await this.read(url);
    if (bytes) return bytes;
    fail("CLI_FILE", {
      what: `Cannot fetch "${url}"`,
      why: this.failure(url),
      fix: "Check the address and the network, or copy the file here and name its path",
    });
  }

  async #fetch(url: string): Promise<Uint8Array | { readonly failure: string }> {
    if (this.#found.size >= limits.filesMax) {
      return { failure: `more than ${limits.filesMax} files would be fetched` };
    }
    const { timeoutMs } = limits;
    const answer = await this.#it.download(url, { timeoutMs, bytesMax: this.#leftBytes });
    if ("failure" in answer) return answer;
    this.#leftBytes -= answer.bytes.length;
    const digest = await crypto.subtle.digest("SHA-256", answer.bytes as Uint8Array<ArrayBuffer>);
    const text = new Uint8Array(digest).toHex();
    this.#it.stderr.write(`fetched ${url} (${answer.bytes.length} bytes, sha256:${text})\n`);
    return answer.bytes;
  }
}
