/**
 * Changes valid and invalid templates and archives at random, in bytes, in tokens and in the tree, and looks that the
 * processor neither crashes nor hangs. A failure names the seed and the run that replay it.
 */
import { gzipSync, zipSync } from "fflate";
import { packTar } from "modern-tar";
import { compile, findProfiles, memoryFiles, openArchive, validate } from "../../core/tosca/mod.ts";
import { corpusPath } from "../support/needs.ts";
import { readTree } from "./corpus.ts";

/** How long one run may take: a guard, not a measure. */
const guardMs = 8_000;
const root = new URL("../..", import.meta.url).pathname;

export interface FuzzOptions {
  readonly runs: number;
  readonly seed: number;
  /** Replays this run alone. */
  readonly only?: number;
}

export interface FuzzFigures {
  readonly runs: number;
  readonly slowestMs: number;
}

/** Makes the runs; throws at the first that crashes or hangs. */
export async function fuzz({ runs, seed, only }: FuzzOptions): Promise<FuzzFigures> {
  const profiles = findProfiles(await readTree(`${root}/profiles`));
  const seeds = await readSeeds();
  const archives = await packAll(seeds[0]);
  const words = [
    ...new Set(seeds.flatMap(({ text }) => text.match(/[$\w.:-]+|[[\]{}&*|>"'!,]/g) ?? [])),
  ];
  const [first, end] = only === undefined ? [0, runs] : [only, only + 1];
  let slowestMs = 0;
  for (let run = first; run < end; run++) {
    const random = randomOf(seed * 1_000_003 + run);
    const started = performance.now();
    const failed = (why: string, on: string, cause?: unknown) =>
      new Error(`${why} on ${on}; replay: deno task fuzz --seed ${seed} --run ${run}`, { cause });
    if (random() < 0.05) {
      const archive = mutateArchive(pick(random, archives), random);
      try {
        await openArchive(archive, "fuzz.csar");
      } catch (error) {
        throw failed("a crash", "an archive", error);
      }
    } else {
      const { path, text, files } = pick(random, seeds);
      const mutated = mutate(text, random, words);
      const contents = new Map<string, Uint8Array | string>([...files, [path, mutated]]);
      const request = { files: memoryFiles(contents), entry: path, profiles };
      try {
        const { problems } = await (random() < 0.5 ? validate(request) : compile(request));
        if (problems.some((each) => each.code === "BASE_INTERNAL")) {
          throw new Error("an internal problem");
        }
      } catch (error) {
        throw failed("a crash", `${path}:\n${only === undefined ? "" : mutated}\n`, error);
      }
    }
    const tookMs = performance.now() - started;
    slowestMs = Math.max(slowestMs, tookMs);
    if (tookMs > guardMs) throw failed(`${Math.round(tookMs)} ms`, "a run");
  }
  return { runs: end - first, slowestMs };
}

interface Seed {
  readonly path: string;
  readonly text: string;
  /** The files beside it. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** Reads the templates of the example, the profiles, and the corpus where it is at hand. */
async function readSeeds(): Promise<Seed[]> {
  const folders = [`${root}/examples/hello-world`, `${root}/profiles/org.khutulun/1.0`];
  const corpus = corpusPath();
  for (const set of ["invalid", "behaviour", "tc-tests", "tour"]) {
    try {
      for (const entry of Deno.readDirSync(`${corpus}/${set}`)) {
        if (entry.isDirectory) folders.push(`${corpus}/${set}/${entry.name}`);
      }
      folders.push(`${corpus}/${set}`);
    } catch {
      // The corpus is not on this machine: the project's own templates are changed alone.
    }
  }
  const found: Seed[] = [];
  for (const folder of folders.sort()) {
    const files = await readTree(folder);
    for (const [path, bytes] of files) {
      if (!path.includes("/") && bytes.length < 20_000) {
        found.push({ path, text: new TextDecoder().decode(bytes), files });
      }
    }
  }
  return found;
}

function mutate(text: string, random: () => number, words: readonly string[]): string {
  let changed = text;
  for (let times = 1 + Math.floor(random() * 4); times > 0; times--) {
    changed = pick(random, [mutateBytes, mutateTokens, mutateLines])(changed, random, words);
  }
  return changed;
}

/** Changes an archive where its headers and contents are told apart by single bytes. */
function mutateArchive(archive: Uint8Array, random: () => number): Uint8Array {
  const end = random() < 0.2 ? Math.floor(random() * archive.length) : archive.length;
  const changed = archive.slice(0, end);
  for (let times = 1 + Math.floor(random() * 6); times > 0 && end > 0; times--) {
    changed[Math.floor(random() * end)] = Math.floor(random() * 256);
  }
  return changed;
}

/** Packs a template as zip, tar and gzipped tar. */
async function packAll({ path, text }: Seed): Promise<Uint8Array[]> {
  const body = new TextEncoder().encode(text);
  const meta = new TextEncoder().encode(`CSAR-Version: 2.0\nEntry-Definitions: ${path}\n`);
  const files = { "TOSCA.meta": meta, [path]: body };
  const tar = await packTar(
    Object.entries(files).map(([name, bytes]) => ({
      header: { name, size: bytes.length },
      body: bytes,
    })),
  );
  return [zipSync(files), tar, gzipSync(tar)];
}

function mutateBytes(text: string, random: () => number): string {
  const at = Math.floor(random() * text.length);
  const piece = random() < 0.3
    ? ""
    : String.fromCharCode(Math.floor(random() * (random() < 0.9 ? 128 : 65_536)));
  return text.slice(0, at) + piece + text.slice(at + Math.floor(random() * 3));
}

function mutateTokens(text: string, random: () => number, words: readonly string[]): string {
  const tokens = text.split(/([$\w.:-]+)/);
  const at = 2 * Math.floor(random() * Math.floor(tokens.length / 2)) + 1;
  if (at < tokens.length) tokens[at] = random() < 0.1 ? "" : pick(random, words);
  return tokens.join("");
}

/** Moves, doubles, drops and indents lines: what a tree becomes when somebody edits it. */
function mutateLines(text: string, random: () => number): string {
  const lines = text.split("\n");
  const at = Math.floor(random() * lines.length);
  const count = 1 + Math.floor(random() * 5);
  const cut = lines.slice(at, at + count);
  const kind = random();
  if (kind < 0.3) lines.splice(at, count);
  else if (kind < 0.5) lines.splice(Math.floor(random() * lines.length), 0, ...cut);
  else if (kind < 0.7) lines.splice(at, count, ...cut.map((each) => `  ${each}`));
  else if (kind < 0.9) lines.splice(at, count, ...cut.map((each) => each.replace(/^ {2}/, "")));
  else lines.splice(at, 0, "[".repeat(Math.floor(random() * 300)));
  return lines.join("\n");
}

function pick<T>(random: () => number, all: readonly T[]): T {
  return all[Math.floor(random() * all.length)];
}

/** A small generator of good enough quality (mulberry32): the same seed gives the same runs everywhere. */
function randomOf(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = state + 0x6d2b79f5 >>> 0;
    let mixed = Math.imul(state ^ state >>> 15, 1 | state);
    mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed;
    return ((mixed ^ mixed >>> 14) >>> 0) / 4_294_967_296;
  };
}
