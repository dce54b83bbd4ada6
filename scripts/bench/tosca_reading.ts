import {
  compile,
  memoryFiles,
  type SourceFiles,
  UnitCache,
  validate,
} from "../../core/tosca/mod.ts";
import { corpusPath } from "../../tests/support/needs.ts";
import { readTree } from "../../tests/tosca/corpus.ts";
import { type BenchRow, type PreparedBench, timeMs } from "../bench_row.ts";
import { allocationProblem } from "../allocation_problems.ts";

const closure = `${corpusPath()}/tc-scale-redfish`;
const closureEntry = "ServiceRoot.yaml";

/** How fast templates are read, and how that grows. */
export const rows: readonly BenchRow[] = [
  {
    name: "tosca: validate a closure of 533 files",
    unit: "ms",
    rounds: 5,
    floor: "the YAML library alone",
    target: { ratioAtMost: 1.3 },
    lacking: needsClosure,
    prepare: async () => {
      const tree = await readTree(closure);
      const { parseDocument } = await import("yaml");
      const texts = [...tree.values()].map((each) => new TextDecoder().decode(each));
      const files = memoryFiles(tree);
      return {
        sample: () => timeMs(() => validate({ files, entry: closureEntry, profiles: [] })),
        floor: () =>
          timeMs(() => {
            for (const text of texts) parseDocument(text);
          }),
      };
    },
  },
  editRow("the root, which nothing imports", closureEntry, 20),
  editRow("a file that 51 others import", "Port.yaml", 20),
  editRow("the file that nearly all import", "Resource.yaml"),
  {
    name: "tosca: compile 10,000 nodes with 27,000 relationships",
    unit: "ms",
    rounds: 3,
    target: { atMost: 1_000 },
    prepare: () => {
      const files = countedService(10_000);
      return Promise.resolve({ sample: () => timeMs(() => run(files)) });
    },
  },
  {
    name: "tosca: compile 10,000 written nodes with 27,000 relationships",
    unit: "ms",
    rounds: 3,
    target: { atMost: 1_000 },
    prepare: () => {
      const files = writtenService(10_000);
      return Promise.resolve({ sample: () => timeMs(() => run(files)) });
    },
  },
  {
    name: "tosca: memory of a process that compiles 10,000 written nodes",
    unit: "MB",
    rounds: 3,
    target: { atMost: 300 },
    prepare: () => Promise.resolve({ sample: residentMB }),
  },
  {
    name: "tosca: time for a node at 10,000 nodes against 100",
    unit: "times",
    rounds: 3,
    target: { atMost: 2 },
    prepare: () => {
      const [small, large] = [countedService(100), countedService(10_000)];
      return Promise.resolve({
        sample: async () => {
          const few = await timeMs(async () => {
            for (let round = 0; round < 20; round++) await run(small);
          });
          const many = await timeMs(() => run(large));
          return many / 10_000 / (few / 20 / 100);
        },
      });
    },
  },
  {
    name: "tosca: share 50 nodes' capacity by search",
    unit: "ms",
    target: { atMost: 100 },
    prepare: () => {
      const files = tightService(25);
      return Promise.resolve({ sample: () => timeMs(() => run(files)) });
    },
  },
  {
    name: "tosca: the slowest of 300 drawn problems of up to 50 nodes",
    unit: "ms",
    rounds: 3,
    target: { atMost: 100 },
    prepare: (isShort) => Promise.resolve(drawnProblems(isShort)),
  },
];

/** A property more, at another place each time: types change, and what stands behind them moves. */
function editRow(which: string, path: string, atMost?: number): BenchRow {
  return {
    name: `tosca: validate it again, having changed ${which}`,
    unit: "ms",
    rounds: 9,
    ...(atMost ? { target: { atMost } } : {}),
    lacking: needsClosure,
    prepare: async () => {
      const tree = await readTree(closure);
      const cache = new UnitCache();
      const original = new TextDecoder().decode(tree.get(path));
      const ends = [...original.matchAll(/^ {4}properties:\n/gm)].map((each) =>
        each.index + each[0].length
      );
      let edits = 0;
      const run = () => {
        const at = ends[edits++ % ends.length];
        const line = `      Added${edits}: { type: string, required: false }\n`;
        const text = original.slice(0, at) + line + original.slice(at);
        tree.set(path, new TextEncoder().encode(text));
        return validate({ files: memoryFiles(tree), entry: closureEntry, profiles: [], cache });
      };
      for (let warm = 0; warm < 5; warm++) await run();
      return { sample: () => timeMs(run) };
    },
  };
}

/** The slowest of many drawn problems: whether they have a solution or not, the answer has to come soon. */
function drawnProblems(isShort: boolean): PreparedBench {
  const seeds = Array.from({ length: isShort ? 50 : 300 }, (_, seed) => seed);
  return {
    sample: async () => {
      let slowest = 0;
      for (const seed of seeds) {
        const files = allocationProblem(seed);
        const took = await timeMs(() => compile({ files, entry: "main.yaml", profiles: [] }));
        slowest = Math.max(slowest, took);
      }
      return slowest;
    },
  };
}

async function run(files: SourceFiles): Promise<void> {
  const { value, problems } = await compile({ files, entry: "main.yaml", profiles: [] });
  if (!value) {
    throw new Error(`the service does not compile: ${problems[0]?.what} (${problems[0]?.why})`);
  }
}

async function needsClosure(): Promise<string | undefined> {
  try {
    await Deno.stat(closure);
  } catch {
    return "needs the TOSCA corpus (set TOSCA_CORPUS)";
  }
}

const types = `tosca_definitions_version: tosca_2_0
capability_types: { Host: { properties: { slots: { type: integer, default: 9 } } }, Link: {} }
relationship_types: { HostedOn: {}, LinksTo: {} }
node_types:
  Machine: { properties: { name: { type: string } }, capabilities: { host: Host, link: Link } }
  Program:
    properties: { port: { type: integer, default: 80 } }
    capabilities: { link: Link }
    requirements:
    - host: { capability: Host, relationship: HostedOn }
    - first: { capability: Link, relationship: LinksTo }
    - second: { capability: Link, relationship: LinksTo }
service_template:
  node_templates:
`;

/** One machine for nine programs, each of which takes a slot and links to two other nodes. */
function countedService(nodes: number): SourceFiles {
  const text = `${types}    machine: { type: Machine, count: ${
    nodes / 10
  }, properties: { name: { $concat: [ m, x ] } } }
    program:
      type: Program
      count: ${nodes - nodes / 10}
      requirements:
      - host: { node: Machine, allocation: { slots: 1 } }
      - first: {}
      - second: { node: Program }
`;
  return memoryFiles(new Map([["main.yaml", text]]));
}

/** The same sizes, with each node a template of its own that names its three targets. */
export function writtenService(nodes: number): SourceFiles {
  const [machines, programs] = [nodes / 10, nodes - nodes / 10];
  const lines: string[] = [];
  for (let at = 0; at < machines; at++) {
    lines.push(`    m${at}: { type: Machine, properties: { name: m${at} } }`);
  }
  for (let at = 0; at < programs; at++) {
    lines.push(`    p${at}:
      type: Program
      properties: { port: ${1_000 + at} }
      requirements:
      - host: { node: m${Math.floor(at / 9)}, allocation: { slots: 1 } }
      - first: p${(at * 7 + 1) % programs}
      - second: p${(at * 13 + 5) % programs}`);
  }
  return memoryFiles(new Map([["main.yaml", `${types}${lines.join("\n")}\n`]]));
}

/** Compiles in a process of its own, and returns the most memory that it had resident. */
async function residentMB(): Promise<number> {
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL("../measure_compile.ts", import.meta.url).pathname],
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("the process that compiles has failed");
  return Number(new TextDecoder().decode(stdout));
}

/** As many programs as machines, of sizes that leave no room: first fit fails, and a search has to find the one way. */
function tightService(count: number): SourceFiles {
  const lines: string[] = [];
  for (let index = 0; index < count; index++) {
    lines.push(
      `    m${index}: { type: Machine, properties: { name: x }, capabilities: { host: { properties: { slots: ${
        1 + (index * 7) % count
      } } } } }`,
    );
    lines.push(
      `    p${index}: { type: Program, requirements: [ host: { node: Machine, allocation: { slots: ${
        1 + (index * 11) % count
      } } } ] }`,
    );
  }
  return memoryFiles(new Map([["main.yaml", `${types}${lines.join("\n")}\n`]]));
}
