import { type Outcome, parseDurationMs, type Problem, problem } from "../base/mod.ts";
import {
  type JsonMap,
  optional,
  readInteger,
  readList,
  readMap,
  readOneOf,
  readText,
  readTexts,
  ShapeError,
} from "./_shape.ts";
import { contractVersion } from "./contract.ts";
import { wordProblem } from "./classify_command.ts";
import { commandKinds, type CommandRule, type Manifest } from "./manifest.ts";
import { patternProblem } from "./path_patterns.ts";

/** The limits of a plugin that names none. */
const defaultLimits = { deadlineMs: 10_000, memoryBytesMax: 64 * 1024 * 1024 } as const;

const deadlineMsMax = 10 * 60_000;
const memoryBytesLimit = 1024 * 1024 * 1024;

/**
 * Returns the manifest that a parsed `plugin.yaml` holds, with every problem in it.
 *
 * `file` is what the problems call it. A contract of another version is a problem of its own (`PLUGIN_CONTRACT`).
 */
export function readManifest(value: unknown, file: string): Outcome<Manifest | undefined> {
  const problems: Problem[] = [];
  const collect = <T>(read: () => T, otherwise: T): T => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error;
      problems.push(manifestProblem(file, error));
      return otherwise;
    }
  };
  const map = collect(() => readMap(value, "", keys), undefined as JsonMap | undefined);
  if (!map) return { value: undefined, problems };
  const name = collect(() => readName(map.name), "");
  const contract = collect(() => readInteger(map.contract, "contract", 1, 1_000_000), 0);
  if (contract !== 0 && contract !== contractVersion) problems.push(wrongContract(name, contract));
  const texts = (key: string) => collect(() => optional(map[key], key, readTexts) ?? [], []);
  const paths = (key: string) =>
    collect(
      () =>
        (optional(map[key], key, readTexts) ?? []).map((each, index) =>
          checkedPattern(each, `${key}[${index}]`)
        ),
      [],
    );
  const manifest: Manifest = {
    name,
    version: collect(() => readText(map.version, "version"), ""),
    contract,
    description: collect(() => optional(map.description, "description", readText), undefined),
    realises: collect(() => readRealises(map.realises), { nodes: [], edges: [] }),
    commands: collect(() => readCommands(map.commands), []),
    environment: texts("environment"),
    reads: paths("reads"),
    writes: paths("writes"),
    calls: texts("calls"),
    reaches: texts("reaches"),
    sees: collect(() => optional(map.sees, "sees", readSight), undefined),
    limits: collect(() => readLimits(map.limits), defaultLimits),
  };
  return { value: problems.length > 0 ? undefined : manifest, problems };
}

const keys = [
  ...["name", "version", "contract", "description", "realises", "commands", "environment"],
  ...["reads", "writes", "calls", "reaches", "sees", "limits"],
];

function readName(value: unknown): string {
  const name = readText(value, "name");
  if (/^[a-z][a-z0-9-]{0,62}$/.test(name)) return name;
  throw new ShapeError("name", `must be lower-case letters, digits and "-", found "${name}"`);
}

function readRealises(value: unknown): Manifest["realises"] {
  const map = optional(value, "realises", (each, path) => readMap(each, path, ["nodes", "edges"]));
  const edges = optional(map?.edges, "realises.edges", readList) ?? [];
  return {
    nodes: optional(map?.nodes, "realises.nodes", readTexts) ?? [],
    edges: edges.map((each, index) => {
      const path = `realises.edges[${index}]`;
      const edge = readMap(each, path, ["type", "side"]);
      return {
        type: readText(edge.type, `${path}.type`),
        side: readOneOf(edge.side, `${path}.side`, ["source", "target"]),
      };
    }),
  };
}

function readCommands(value: unknown): CommandRule[] {
  return (optional(value, "commands", readList) ?? []).map((each, index) => {
    const path = `commands[${index}]`;
    const entries = Object.entries(readMap(each, path, commandKinds));
    if (entries.length !== 1) {
      throw new ShapeError(path, `must have one of the keys ${commandKinds.join(", ")}`);
    }
    const kind = entries[0][0] as CommandRule["kind"];
    const words = readTexts(entries[0][1], `${path}.${kind}`);
    if (words.length === 0) throw new ShapeError(`${path}.${kind}`, "must have a word");
    words.forEach((word, at) => {
      const why = wordProblem(word, at === words.length - 1);
      if (why) throw new ShapeError(`${path}.${kind}[${at}]`, why);
    });
    return { kind, words };
  });
}

function checkedPattern(pattern: string, path: string): string {
  const why = patternProblem(pattern);
  if (why) throw new ShapeError(path, why);
  return pattern;
}

function readSight(value: unknown, path: string): "service" | "namespace" {
  return readOneOf(value, path, ["service", "namespace"]);
}

function readLimits(value: unknown): Manifest["limits"] {
  const map = optional(
    value,
    "limits",
    (each, path) => readMap(each, path, ["deadline", "memory"]),
  );
  return {
    deadlineMs: optional(map?.deadline, "limits.deadline", readDeadline) ??
      defaultLimits.deadlineMs,
    memoryBytesMax: optional(map?.memory, "limits.memory", readMemory) ??
      defaultLimits.memoryBytesMax,
  };
}

function readDeadline(value: unknown, path: string): number {
  const text = readText(value, path);
  const durationMs = parseDurationMs(text);
  if (durationMs !== undefined && durationMs >= 1 && durationMs <= deadlineMsMax) return durationMs;
  throw new ShapeError(path, `must be a duration of at most 10 m such as "5 s", found "${text}"`);
}

function readMemory(value: unknown, path: string): number {
  const text = readText(value, path);
  const match = text.match(/^(\d+)\s*(KiB|MiB|GiB)$/);
  const units = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;
  const bytes = match ? Number(match[1]) * units[match[2] as keyof typeof units] : 0;
  if (bytes >= 65_536 && bytes <= memoryBytesLimit) return bytes;
  throw new ShapeError(path, `must be a size of 64 KiB to 1 GiB such as "16 MiB", found "${text}"`);
}

function manifestProblem(file: string, error: ShapeError): Problem {
  return problem("PLUGIN_MANIFEST", {
    what: `Cannot read the manifest "${file}"`,
    where: { subject: file, path: error.path },
    why: error.path === "" ? error.why : `"${error.path}" ${error.why}`,
    fix: "See the form of a manifest in plugin-pdk/assemblyscript/README.md",
  });
}

/** The problem of a plugin for another version of the contract. */
export function wrongContract(name: string, contract: number): Problem {
  return problem("PLUGIN_CONTRACT", {
    what: `Cannot use plugin "${name}"`,
    where: { subject: `plugin ${name}` },
    why: `It was written for version ${contract} of the contract, wanted ${contractVersion}`,
    fix: contract > contractVersion
      ? "Use a newer Khutulun, or an older version of the plugin"
      : "Use a newer version of the plugin",
  });
}
