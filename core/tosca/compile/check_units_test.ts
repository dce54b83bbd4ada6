import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import { writeClout } from "../../clout/mod.ts";
import { memoryFiles } from "../resolve/source_files.ts";
import { UnitCache } from "../resolve/unit_cache.ts";
import { compile, validate } from "./run.ts";

/**
 * Files that import each other in layers and in a circle, with lines whose loss or change is felt elsewhere: derivations
 * across files, refinements, defaults that a user of the type makes wrong, functions, namespaces.
 */
const original: Readonly<Record<string, string>> = {
  "base.yaml": `tosca_definitions_version: tosca_2_0
data_types:
  Port: { derived_from: integer, validation: { $greater_than: [ $value, 0 ] } }
  Pair: { properties: { one: { type: Port }, two: { type: string, required: false } } }
capability_types:
  Host: { properties: { slots: { type: integer, default: 3 } } }
interface_types:
  Life: { operations: { start: {}, stop: {} } }
relationship_types:
  On: { valid_capability_types: [ Host ] }
functions:
  twice: { signatures: [ { arguments: [ { type: integer } ], result: { type: integer } } ] }
`,
  "left.yaml": `tosca_definitions_version: tosca_2_0
imports: [ base.yaml, right.yaml ]
data_types:
  Left: { derived_from: Pair }
  Low: { derived_from: Port, validation: { $less_than: [ $value, 1024 ] } }
node_types:
  Machine:
    properties: { port: { type: Port, default: 808 }, pair: { type: Pair, required: false } }
    capabilities: { host: { type: Host } }
    interfaces: { life: { type: Life } }
`,
  "right.yaml": `tosca_definitions_version: tosca_2_0
imports:
- base.yaml
- left.yaml
data_types:
  Right: { derived_from: Left, properties: { three: { type: Low, default: 80 } } }
node_types:
  Program:
    derived_from: Machine
    properties:
      port: { type: Low }
    requirements:
    - host: { capability: Host, relationship: On, node: Machine }
`,
  "other.yaml": `tosca_definitions_version: tosca_2_0
imports:
- { url: base.yaml, namespace: b }
node_types:
  Other:
    properties: { port: { type: "b:Port", default: 7 } }
    capabilities: { host: { type: "b:Host", properties: { slots: { default: 4 } } } }
`,
  "main.yaml": `tosca_definitions_version: tosca_2_0
imports:
- right.yaml
- { url: other.yaml, namespace: o }
node_types:
  Own: { derived_from: Program, properties: { port: { default: 443 } } }
service_template:
  node_templates:
    machine: { type: Machine, properties: { pair: { one: 1 } } }
    other: { type: "o:Other" }
    program:
      type: Own
      requirements: [ host: machine ]
`,
};

/** A change of one line: it goes, is doubled, moves down, or a word of it becomes another. */
interface Edit {
  readonly file: string;
  readonly line: number;
  readonly kind: "remove" | "double" | "comment" | "word" | "restore";
  readonly word: number;
}

const words = [
  "Port",
  "Pair",
  "Low",
  "Left",
  "Host",
  "Machine",
  "integer",
  "80",
  "-1",
  "right.yaml",
];

const edits = fc.record<Edit>({
  file: fc.constantFrom(...Object.keys(original)),
  line: fc.nat(20),
  kind: fc.constantFrom("remove", "double", "comment", "word", "restore"),
  word: fc.nat(words.length - 1),
});

function apply(text: string, { file, line, kind, word }: Edit): string {
  if (kind === "restore") return original[file];
  const lines = text.split("\n");
  const at = line % lines.length;
  const changed = {
    remove: [],
    double: [lines[at], lines[at]],
    comment: [lines[at], "# moves what follows"],
    word: [lines[at].replace(/[A-Za-z0-9.]+(?=[^A-Za-z0-9.]*$)/, words[word])],
  };
  return lines.toSpliced(at, 1, ...changed[kind]).join("\n");
}

async function outcomes(files: ReadonlyMap<string, string>, entry: string, cache?: UnitCache) {
  const request = { files: memoryFiles(files), entry, profiles: [], ...(cache ? { cache } : {}) };
  const { value, problems } = await compile(request);
  return { graph: value && writeClout(value), problems, validated: await validate(request) };
}

Deno.test("compile() and validate() say the same in a warm process as in a cold one, whatever was edited before", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.tuple(edits, fc.constantFrom("main.yaml", "main.yaml", "left.yaml", "right.yaml")),
        {
          maxLength: 12,
        },
      ),
      fc.constantFrom(2, 4, 100),
      async (steps, filesMax) => {
        const files = new Map(Object.entries(original));
        const cache = new UnitCache({ filesMax });
        deepEqual(await outcomes(files, "main.yaml", cache), await outcomes(files, "main.yaml"));
        for (const [edit, entry] of steps) {
          files.set(edit.file, apply(files.get(edit.file)!, edit));
          deepEqual(await outcomes(files, entry, cache), await outcomes(files, entry));
        }
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("compile() of the files that the warm test edits finds nothing wrong with them", async () => {
  const { problems, graph } = await outcomes(new Map(Object.entries(original)), "main.yaml");
  deepEqual(problems, []);
  equal(graph?.includes("Own"), true);
});

Deno.test("validate() reports a fault of an imported file as long as it is there, whoever imports it", async () => {
  const cache = new UnitCache();
  const bad = original["base.yaml"].replace("derived_from: integer", "derived_from: nothing");
  const files = new Map(Object.entries({ ...original, "base.yaml": bad }));
  const isFound = async (entry: string) => {
    const { problems } = await validate({ files: memoryFiles(files), entry, profiles: [], cache });
    return problems.some(({ code, where }) =>
      code === "TOSCA_TYPE_UNKNOWN" && where?.position?.file === "base.yaml"
    );
  };
  equal(await isFound("main.yaml"), true);
  files.set("main.yaml", original["main.yaml"].replace("- right.yaml", "- left.yaml"));
  equal(await isFound("main.yaml"), true);
  equal(await isFound("other.yaml"), true);
  files.set("base.yaml", original["base.yaml"]);
  equal(await isFound("other.yaml"), false);
});
