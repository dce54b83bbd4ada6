import { ok } from "node:assert/strict";
import { formatProblem, type ProblemCode, problemCodes } from "../../core/base/mod.ts";
import { compile, memoryFiles, type ProfileSource } from "../../core/tosca/mod.ts";

/** One check that a processor has to make: a template that breaks it, and one like it that does not. */
export interface MustCase {
  readonly bad: string;
  /** The code, with where it is found as `line` or `file:line`; `warning` where it is none of the errors. */
  readonly finds: ProblemCode | `${ProblemCode} ${string}`;
  readonly good: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly inputs?: { readonly [name: string]: string | number };
  readonly goodInputs?: { readonly [name: string]: string | number };
}

/** Types and templates to build on; a case's text stands after it where it asks for them by `$BASE`. */
const base = `tosca_definitions_version: tosca_2_0
capability_types: { Host: { properties: { slots: { type: integer, default: 2 } } }, Link: {} }
relationship_types: { HostedOn: { properties: { rank: { type: integer, default: 0 } } }, LinksTo: { valid_capability_types: [ Link ] } }
interface_types: { Life: { operations: { start: { inputs: { speed: { type: integer } } } }, notifications: { done: {} } } }
node_types: { Machine: { properties: { name: { type: string, default: m }, size: { type: integer, required: false } }, attributes: { address: { type: string } }, capabilities: { host: Host } },
  Program: { properties: { port: { type: integer, default: 80 } }, requirements: [ host: { capability: Host, node: Machine, relationship: HostedOn } ], interfaces: { life: { type: Life } } } }
`;

const version = "tosca_definitions_version: tosca_2_0\n";

function textOf(text: string): string {
  if (text.startsWith("$RAW\n")) return text.slice(5);
  if (text.startsWith("$BASE\n")) return base + text.slice(6);
  return version + text;
}

/** Registers the test of one numbered check of the digest of the standard. */
export function must(number: number, title: string, ...cases: readonly MustCase[]): void {
  Deno.test(`check ${number}: ${title}`, async () => {
    for (const each of cases) await check(each);
  });
}

async function check(each: MustCase): Promise<void> {
  const [code, place] = each.finds.split(" ");
  ok(code in problemCodes, `${code} is a code`);
  const bad = await run(each.bad, each, each.inputs);
  const found = bad.filter((problem) => problem.code === code).map((problem) => {
    const { file, line } = problem.where?.position ?? { file: "", line: 0 };
    return place?.includes(":") ? `${file}:${line}` : String(line);
  });
  ok(
    place === "warning"
      ? bad.some((problem) => problem.code === code && problem.severity === "warning")
      : found.includes(place) || place === undefined && found.length > 0,
    `expected ${each.finds} in\n${textOf(each.bad)}\nfound\n${bad.map(formatProblem).join("\n")}`,
  );
  const others = bad.filter((problem) => problem.code !== code && problem.severity === "error");
  ok(
    others.length === 0,
    `expected ${each.finds} alone in\n${textOf(each.bad)}\nfound also\n${
      others.map(formatProblem).join("\n")
    }`,
  );
  const good = await run(each.good, each, each.goodInputs ?? each.inputs);
  const errors = good.filter((problem) =>
    place === "warning" ? problem.code === code : problem.severity === "error"
  );
  ok(
    errors.length === 0,
    `expected no problem in\n${textOf(each.good)}\nfound\n${errors.map(formatProblem).join("\n")}`,
  );
}

async function run(text: string, each: MustCase, inputs: MustCase["inputs"] = {}) {
  const files = new Map([["main.yaml", textOf(text)]]);
  for (const [path, content] of Object.entries(each.files ?? {})) files.set(path, textOf(content));
  const source = memoryFiles(files);
  const profiles: ProfileSource[] = [{
    name: "org.example:1.0",
    files: memoryFiles(
      new Map([[
        "profile.yaml",
        `${version}profile: org.example:1.0\nnode_types: { Thing: {} }\n`,
      ]]),
    ),
    entry: "profile.yaml",
  }];
  const substitutes = files.has("inner.yaml") ? [{ files: source, entry: "inner.yaml" }] : [];
  const { problems } = await compile({
    files: source,
    entry: "main.yaml",
    profiles,
    inputs,
    substitutes,
  });
  // A file of types alone is validated here; that it cannot be compiled is not the point.
  return problems.filter((problem) => !problem.what.startsWith("Cannot compile a file without"));
}
