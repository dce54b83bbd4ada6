import { deepEqual } from "node:assert/strict";
import { Float, formatProblem } from "../../core/base/mod.ts";
import { type Clout, isDeferred, Scalar, type Value } from "../../core/clout/mod.ts";
import { compile, memoryFiles } from "../../core/tosca/mod.ts";

/** What a template must come to, worked out from the standard by hand. */
export interface Resolution {
  /** Files beside it: those named `inner….yaml` may stand in for its nodes. */
  readonly files?: Readonly<Record<string, string>>;
  readonly inputs?: Readonly<Record<string, string | number>>;
  /** Relationships as `source requirement target`, in their order. */
  readonly edges?: readonly string[];
  /** How many nodes each template makes. */
  readonly counts?: Readonly<Record<string, number>>;
  /** Outputs; `?` for what is known at run time alone. */
  readonly outputs?: Readonly<Record<string, unknown>>;
  /** Templates that stand in for nodes, and the edges inside, as `node: template` and `node.source requirement target`. */
  readonly inside?: readonly string[];
  /** Codes of the errors, each once, in order; none where this is left out. */
  readonly errors?: readonly string[];
  /** Codes of warnings that must be there. */
  readonly warns?: readonly string[];
}

/** Types to build on. */
const types = `tosca_definitions_version: tosca_2_0
capability_types:
  Host: { properties: { slots: { type: integer, default: 2 }, memory: { type: float, default: 4.0 } }, attributes: { load: { type: float } } }
  Link: {}
relationship_types:
  HostedOn: { properties: { rank: { type: integer, default: 0 }, note: { type: string, required: false } }, attributes: { since: { type: string } } }
  LinksTo: { properties: { number: { type: integer, default: 0 } } }
node_types:
  Machine:
    properties: { name: { type: string, default: m }, zone: { type: string, default: eu }, size: { type: integer, default: 1 } }
    attributes: { address: { type: string }, load: { type: float } }
    capabilities: { host: { type: Host } }
  Big: { derived_from: Machine }
  Program:
    properties: { port: { type: integer, default: 80 }, label: { type: string, required: false } }
    capabilities: { link: { type: Link } }
    requirements:
      - host: { capability: Host, node: Machine, relationship: HostedOn, count_range: [ 0, UNBOUNDED ] }
      - peer: { capability: Link, relationship: LinksTo, count_range: [ 0, UNBOUNDED ] }
  Ranged:
    requirements:
      - host: { capability: Host, node: Machine, relationship: HostedOn, count_range: [ 1, 2 ] }
`;

const head =
  "tosca_definitions_version: tosca_2_0\nimports: [ { url: types.yaml } ]\nservice_template:\n";

/** Registers a test of what a template resolves to. */
export function resolves(title: string, template: string, wanted: Resolution): void {
  Deno.test(`compile() ${title}`, async () => {
    const found = await resolve(template, wanted);
    const { warns, ...rest } = wanted;
    const { files: _, inputs: _inputs, ...facts } = { errors: [], ...rest };
    const seen = Object.fromEntries(
      Object.keys(facts).map((key) => [key, found[key as keyof typeof found]]),
    );
    deepEqual(seen, facts, found.text);
    for (const each of warns ?? []) {
      if (!found.warnings.includes(each)) throw new Error(`no ${each} in ${found.text}`);
    }
  });
}

async function resolve(template: string, { files = {}, inputs = {} }: Resolution) {
  const all = new Map([["types.yaml", types], ["main.yaml", head + template]]);
  for (const [path, text] of Object.entries(files)) all.set(path, head + text);
  const source = memoryFiles(all);
  const { value, problems } = await compile({
    files: source,
    entry: "main.yaml",
    profiles: [],
    inputs,
    substitutes: Object.keys(files).filter((each) => each.startsWith("inner")).map((entry) => ({
      files: source,
      entry,
    })),
  });
  const codes = (severity: string) =>
    problems.filter((each) => each.severity === severity).map(({ code }): string => code);
  return {
    text: problems.map(formatProblem).join("\n"),
    errors: codes("error"),
    warnings: codes("warning"),
    edges: value && edgesOf(value),
    counts: value && countsOf(value),
    outputs: value && Object.fromEntries([...value.service.outputs].map(([k, v]) => [k, plain(v)])),
    inside: value && insidesOf(value),
  };
}

function edgesOf({ vertexes }: Clout): string[] {
  return [...vertexes.values()].flatMap(({ id, edges }) =>
    edges.map(({ name, target }) => `${id} ${name} ${target}`)
  );
}

function countsOf({ vertexes }: Clout): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { name } of vertexes.values()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function insidesOf({ vertexes }: Clout): string[] {
  return [...vertexes.values()].flatMap(({ id, substitution }) =>
    substitution?.service
      ? [
        `${id}: ${substitution.template}`,
        ...edgesOf(substitution.service),
        ...insidesOf(substitution.service),
      ]
      : []
  );
}

function plain(value: Value): unknown {
  if (isDeferred(value)) return "?";
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Float) return value.value;
  if (value instanceof Scalar) return String(value);
  if (value instanceof Map) return Object.fromEntries([...value].map(([k, v]) => [k, plain(v)]));
  return Array.isArray(value) ? value.map(plain) : value;
}
