import { gzipSync } from "node:zlib";
import { tarBlocks, tarEnd, type TarEntry } from "./tar.ts";

/** The script is padded to this size, so that it can say where the parts begin before it has its final text. */
const stubBytes = 8192;

/** The runtime is compressed in parts, so that as many processors as there are can unpack it. */
const runtimePartsMax = 4;

/** Parts begin at multiples of this, the block that dd(1) counts in. */
const blockBytes = 1024 * 1024;

export interface SelfExtractingOptions {
  readonly version: string;
  /** `x86_64` or `aarch64`. */
  readonly machine: string;
  /** The runtime, compressed by `compressRuntime()`. */
  readonly runtime: CompressedRuntime;
  /** The bundle: `main.js` and what it needs, sorted by path. */
  readonly files: readonly TarEntry[];
}

/** A runtime as an executable carries it. It takes seconds to make and seldom changes, so it is worth keeping. */
export interface CompressedRuntime {
  /** Of the runtime itself. */
  readonly sha256: string;
  readonly bytes: number;
  readonly parts: readonly Uint8Array[];
}

/**
 * Returns an executable file: a POSIX shell script, then a gzip-compressed archive of bundle and runtime.
 *
 * Equal options give equal bytes. What the script does at the first and at later starts is told in `stub.sh`. Parts of a
 * gzip file stand on their own: the script reads those that it needs, and for everybody else they are one archive.
 */
export async function selfExtracting(options: SelfExtractingOptions): Promise<Uint8Array> {
  const { runtime } = options;
  const bundle = compress(tarBlocks(options.files));
  const [header, ...padding] = tarFrame(runtime);
  const members = [bundle, compress([header]), ...runtime.parts, compress([...padding, tarEnd()])];
  const archive = concatenate(members);
  const places = [bundle, ...runtime.parts].map((part) => {
    const before = members.slice(0, members.indexOf(part));
    return `${stubBytes + 1 + sum(before)} ${part.length}`;
  });
  const stub = await stubOf({
    VERSION: options.version,
    MACHINE: options.machine,
    OFFSET: `${stubBytes + 1}`,
    DIGEST: await digestOf(archive),
    RUNTIME: runtime.sha256.slice(0, 16),
    BUNDLE: places[0],
    PARTS: places.slice(1).map((place, at) => {
      const block = at * partBytes(runtime.bytes) / blockBytes;
      return `  runtime_part ${place} ${block} & pids="$pids $!"`;
    }).join("\n"),
  });
  return concatenate([stub, archive]);
}

/** Compresses a runtime for `selfExtracting()`. */
export async function compressRuntime(runtime: Uint8Array): Promise<CompressedRuntime> {
  const size = partBytes(runtime.length);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < runtime.length; at += size) {
    parts.push(compress([runtime.subarray(at, at + size)]));
  }
  return { sha256: await digestOf(runtime), bytes: runtime.length, parts };
}

function partBytes(bytes: number): number {
  return Math.ceil(bytes / runtimePartsMax / blockBytes) * blockBytes;
}

/** What stands before and after the runtime in the archive. */
function tarFrame({ bytes }: CompressedRuntime): Uint8Array[] {
  const [header, , padding] = tarBlocks([
    { path: "deno", bytes: new Uint8Array(bytes), isExecutable: true },
  ]);
  return [header, padding];
}

async function stubOf(values: Readonly<Record<string, string>>): Promise<Uint8Array> {
  const template = await Deno.readTextFile(new URL("./stub.sh", import.meta.url));
  const text = template.replace(/@([A-Z]+)@/g, (whole, name) => values[name] ?? whole);
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > stubBytes) throw new Error(`The script has ${bytes.length} bytes`);
  const stub = new Uint8Array(stubBytes).fill("\n".charCodeAt(0));
  stub.set(bytes);
  return stub;
}

async function digestOf(bytes: Uint8Array): Promise<string> {
  const copy = bytes as Uint8Array<ArrayBuffer>;
  return new Uint8Array(await crypto.subtle.digest("SHA-256", copy)).toHex();
}

function compress(parts: readonly Uint8Array[]): Uint8Array {
  return gzipSync(concatenate(parts), { level: 6 });
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(sum(parts));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function sum(parts: readonly Uint8Array[]): number {
  return parts.reduce((bytes, part) => bytes + part.length, 0);
}
