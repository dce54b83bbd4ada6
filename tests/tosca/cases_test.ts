import { deepEqual, ok } from "node:assert/strict";
import { formatProblem, type Problem } from "../../core/base/mod.ts";
import { compile, memoryFiles, validate } from "../../core/tosca/mod.ts";
import { type Case, readCases } from "./cases.ts";

const folder = new URL("./cases/", import.meta.url);

for (
  const name of [
    "files",
    "values",
    "nodes",
    "interfaces_and_services",
    "functions",
    "substitution",
    "elements_and_drafts",
  ]
) {
  for (const each of readCases(await Deno.readTextFile(new URL(`${name}.txt`, folder)))) {
    Deno.test(`validate() and compile() judge ${name}: ${each.kind}: ${each.title}`, async () => {
      for (const mode of each.modes) judge(each, mode, await problemsOf(each, mode));
    });
  }
}

const profile = `tosca_definitions_version: tosca_2_0
profile: org.example:1.0
node_types: { Thing: { properties: { p: { type: string, default: x } } } }
`;

async function problemsOf({ files, inputs }: Case, mode: string): Promise<readonly Problem[]> {
  const source = memoryFiles(files);
  const request = {
    files: source,
    entry: "main.yaml",
    profiles: [{
      name: "org.example:1.0",
      files: memoryFiles(new Map([["profile.yaml", profile]])),
      entry: "profile.yaml",
    }],
    substitutes: [...files.keys()].filter((path) => path.startsWith("sub")).map((entry) => ({
      files: source,
      entry,
    })),
  };
  const { problems } =
    await (mode === "validate" ? validate(request) : compile({ ...request, inputs }));
  // A file of types alone is validated here; that it cannot be compiled is not the point.
  return problems.filter(({ what }) => !what.startsWith("Cannot compile a file without"));
}

/** Holds what was found against what the case says: nothing, or one problem at the line that is marked. */
function judge({ kind, code, place, warns }: Case, mode: string, found: readonly Problem[]): void {
  const shown = `${mode}:\n${found.map(formatProblem).join("\n")}`;
  if (kind === "valid") {
    const wrong = found.filter(({ severity }) => severity === "error" || !warns);
    return deepEqual(wrong.map((each) => each.code), [], shown);
  }
  const places = found.map(({ where, severity }) =>
    `${severity} ${where?.position?.file}:${where?.position?.line}`
  );
  const severity = kind === "problem" ? "error" : "warning";
  deepEqual(places, place ? [`${severity} ${place}`] : [places[0] ?? severity], shown);
  ok(found[0].severity === severity && found[0].fix, shown);
  if (code) deepEqual(found[0].code, code, shown);
}
