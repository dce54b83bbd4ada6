import { compile, findProfiles, memoryFiles } from "../../core/tosca/mod.ts";
import { type BenchRow, timeMs } from "../bench_row.ts";
import { walkFiles } from "../walk.ts";

const root = new URL("../..", import.meta.url).pathname;

/** From a template's text to its graph: a chain of processes with a port each, so that every node has requirements. */
export const rows: readonly BenchRow[] = [
  compileRow("tosca: compile a template of 1,000 nodes", 1_000),
  { ...compileRow("tosca: compile a template of 10,000 nodes", 10_000), target: { atMost: 1_000 } },
];

function compileRow(name: string, nodes: number): BenchRow {
  return {
    name,
    unit: "ms",
    rounds: 5,
    floor: "the profile and a template of one node",
    prepare: () => {
      const profiles = findProfiles(readProfiles(), { prefix: "profiles/" });
      const once = (text: string) =>
        timeMs(async () => {
          const files = memoryFiles(new Map([["t.yaml", new TextEncoder().encode(text)]]));
          const { value, problems } = await compile({ files, entry: "t.yaml", profiles });
          if (value === undefined) throw new Error(problems[0].what);
        });
      const [small, large] = [templateOf(2), templateOf(nodes)];
      return Promise.resolve({ sample: () => once(large), floor: () => once(small) });
    },
  };
}

/** Half of the nodes are processes, each with a port and a connection to the one before. */
function templateOf(nodes: number): string {
  const pairs = Array.from({ length: nodes / 2 }, (_, at) =>
    `    port${at}: { type: Port }
    web${at}:
      type: Process
      properties:
        command: [ serve, "--number", "${at}" ]
        environment:
          PORT: { $text: [ { $get_attribute: [ SELF, RELATIONSHIP, port, TARGET, port ] } ] }
      requirements:
      - port: port${at}
${at > 0 ? `      - connection: web${at - 1}\n` : ""}`);
  return `tosca_definitions_version: tosca_2_0
imports: [ { profile: org.khutulun:1.0 } ]
service_template:
  node_templates:
${pairs.join("")}`;
}

function readProfiles(): Map<string, Uint8Array> {
  const paths = walkFiles(root, ["profiles"], "");
  return new Map([...paths].map((path) => [path, Deno.readFileSync(`${root}${path}`)]));
}
