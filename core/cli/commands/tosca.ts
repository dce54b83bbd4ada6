import { exitCodeOf } from "../../api/mod.ts";
import { joinPath, normalPath, parentOf } from "../paths.ts";
import { printData } from "../render/output.ts";
import { printProblems } from "../render/problems.ts";
import { readInputs } from "../request.ts";
import type { Surroundings } from "../surroundings.ts";
import type { CompileFlags } from "../tosca_routes.ts";
import { findTemplate } from "../upload.ts";

export async function validateTemplate(
  it: Surroundings,
  _flags: Record<never, never>,
  path: string,
): Promise<number> {
  const entry = await findTemplate(it, path);
  const { validate } = await import("../../tosca/mod.ts");
  const { value, problems } = await validate(await sourcesOf(it, entry));
  await printProblems(it, problems);
  const code = exitCodeOf(problems);
  if (code === 0 && value) {
    const parts = [
      counted(value.files, "file"),
      counted(value.nodes, "node"),
      counted(value.relationships, "relationship"),
    ];
    it.stdout.write(`${entry} is valid: ${parts.join(", ")}\n`);
  }
  return code;
}

export async function compileTemplate(
  it: Surroundings,
  flags: CompileFlags,
  path: string,
): Promise<number> {
  const entry = await findTemplate(it, path);
  const inputs = await readInputs(it, flags);
  const { compile } = await import("../../tosca/mod.ts");
  const { value, problems } = await compile({ ...await sourcesOf(it, entry), inputs });
  await printProblems(it, problems);
  if (value) {
    const { cloutToJson } = await import("../../clout/mod.ts");
    await printData(it, flags.output, cloutToJson(value));
  }
  return exitCodeOf(problems);
}

/** The files around a template on the user's own disk, and the built-in profiles. */
async function sourcesOf(it: Surroundings, entry: string) {
  const { findProfiles } = await import("../../tosca/mod.ts");
  const folder = parentOf(entry);
  const at = (path: string) => normalPath(joinPath(folder, path));
  const isFile = async (path: string) => (await it.files.stat(at(path)))?.kind === "file";
  return {
    files: {
      read: async (path: string) => await isFile(path) ? await it.files.read(at(path)) : undefined,
      label: at,
    },
    entry: entry.slice(folder === "" ? 0 : folder.length + 1),
    profiles: [...await it.profiles()].flatMap(([name, files]) =>
      findProfiles(files, { prefix: `${name}/` })
    ),
  };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
