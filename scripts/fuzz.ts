/**
 * Changes valid and invalid templates at random, in bytes, in tokens and in the tree, and looks that the processor neither
 * crashes nor hangs.
 *
 *     deno task fuzz [--runs N] [--seed S]
 *
 * A failure prints the seed and the run that replay it. The templates are those of the example, the profiles, and the
 * corpus where it is at hand.
 */
import { compile, findProfiles, memoryFiles, openArchive, validate } from "../core/tosca/mod.ts";
import { corpusPath } from "../tests/support/needs.ts";
import { readTree } from "../tests/tosca/corpus.ts";

const guardMs = 8_000;
const root = new URL("..", import.meta.url).pathname;
const runs = Number(option("--runs") ?? "10000");
const seed = Number(option("--seed") ?? "1");
const only = option("--run");

const profiles = findProfiles(await readTree(`${root}/profiles`));
const seeds = await readSeeds();
const words = [
  ...new Set(seeds.flatMap(({ text }) => text.match(/[$\w.:-]+|[[\]{}&*|>"'!,]/g) ?? [])),
];
let slowestMs = 0;
for (let run = only ? Number(only) : 0; run < (only ? Number(only) + 1 : runs); run++) {
  const random = randomOf(seed * 1_000_003 + run);
  const { path, text, files } = pick(random, seeds);
  const mutated = mutate(text, random);
  const started = performance.now();
  try {
    const source = memoryFiles(
      new Map<string, Uint8Array | string>([...files, [path, mutated]]),
    );
    const request = { files: source, entry: path, profiles };
    const { problems } = await (random() < 0.5 ? validate(request) : compile(request));
    if (problems.some((each) => each.code === "BASE_INTERNAL")) {
      throw new Error("an internal problem");
    }
    if (random() < 0.05) await openArchive(new TextEncoder().encode(`PK${mutated}`), "fuzz.zip");
  } catch (error) {
    console.error(`run ${run} of seed ${seed} failed on ${path}: ${(error as Error).stack}`);
    console.error(`replay: deno task fuzz --seed ${seed} --run ${run}`);
    if (only) console.error(mutated);
    Deno.exit(1);
  }
  const tookMs = performance.now() - started;
  slowestMs = Math.max(slowestMs, tookMs);
  if (tookMs > guardMs) {
    console.error(`run ${run} of seed ${seed} took ${Math.round(tookMs)} ms on ${path}`);
    Deno.exit(1);
  }
}
const memoryMiB = Math.round(Deno.memoryUsage().rss / 1024 / 1024);
console.log(
  `${runs} runs, no crash; slowest ${Math.round(slowestMs)} ms, ${memoryMiB} MiB at the end`,
);

interface Seed {
  readonly path: string;
  readonly text: string;
  /** The files beside it. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

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

function mutate(text: string, random: () => number): string {
  let changed = text;
  for (let times = 1 + Math.floor(random() * 4); times > 0; times--) {
    changed = pick(random, [mutateBytes, mutateTokens, mutateLines])(changed, random);
  }
  return changed;
}

function mutateBytes(text: string, random: () => number): string {
  const at = Math.floor(random() * text.length);
  const piece = random() < 0.3
    ? ""
    : String.fromCharCode(Math.floor(random() * (random() < 0.9 ? 128 : 65_536)));
  return text.slice(0, at) + piece + text.slice(at + Math.floor(random() * 3));
}

function mutateTokens(text: string, random: () => number): string {
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

function option(name: string): string | undefined {
  const at = Deno.args.indexOf(name);
  return at < 0 ? undefined : Deno.args[at + 1];
}
