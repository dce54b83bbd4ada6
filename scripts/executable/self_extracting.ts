import { gzipSync } from "node:zlib";
import { tarBlocks, tarEnd, type TarEntry } from "./tar.ts";

/** The script is padded to this size, so that it can say where the archive begins before it has its final text. */
const stubBytes = 8192;

export interface SelfExtractingOptions {
  readonly version: string;
  /** `x86_64` or `aarch64`. */
  readonly machine: string;
  /** The runtime, compressed by `compressRuntime()`. */
  readonly runtime: Uint8Array;
  /** The bundle: `main.js` and what it needs, sorted by path. */
  readonly files: readonly TarEntry[];
}

/**
 * Returns an executable file: a POSIX shell script, then a gzip-compressed archive of runtime and bundle.
 *
 * Equal options give equal bytes. What the script does at the first and at later starts is told in `stub.sh`.
 */
export async function selfExtracting(options: SelfExtractingOptions): Promise<Uint8Array> {
  const bundle = compress([...tarBlocks(options.files), tarEnd()]);
  const archive = concatenate([options.runtime, bundle]);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", archive)).toHex();
  return concatenate([await stubOf({ ...options, digest }), archive]);
}

/**
 * Returns the runtime as the first part of the archive. Parts of a gzip file stand on their own, so this long one can
 * be made once and kept.
 */
export function compressRuntime(runtime: Uint8Array): Uint8Array {
  return compress(tarBlocks([{ path: "deno", bytes: runtime, isExecutable: true }]));
}

async function stubOf(
  { version, machine, digest }: { version: string; machine: string; digest: string },
): Promise<Uint8Array> {
  const template = await Deno.readTextFile(new URL("./stub.sh", import.meta.url));
  const text = template.replaceAll("@VERSION@", version).replaceAll("@MACHINE@", machine)
    .replaceAll("@OFFSET@", String(stubBytes + 1)).replaceAll("@DIGEST@", digest);
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > stubBytes) throw new Error(`The script has ${bytes.length} bytes`);
  const stub = new Uint8Array(stubBytes).fill("\n".charCodeAt(0));
  stub.set(bytes);
  return stub;
}

function compress(parts: readonly Uint8Array[]): Uint8Array {
  return gzipSync(concatenate(parts), { level: 6 });
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
