import { exitCodeOf } from "../../api/mod.ts";
import { joinPath, normalPath, parentOf } from "../paths.ts";
import { printData } from "../render/output.ts";
import { printProblems } from "../render/problems.ts";
import { readInputs } from "../request.ts";
import type { Surroundings } from "../surroundings.ts";
import type { InputFlags } from "../flags.ts";
import type { CompileFlags, GraphFlags, ValidateFlags } from "../tosca_routes.ts";
import { didYouMean, fail, formatPosition } from "../../base/mod.ts";
import { isUrl, RemoteFiles } from "../remote_files.ts";
import { isPackage, openPackage } from "../package_source.ts";
import { findTemplate } from "../upload.ts";

export async function validateTemplate(
  it: Surroundings,
  flags: ValidateFlags,
  path: string,
): Promise<number> {
  const entry = path === standardInput ? path : await findTemplate(it, path);
  const { validate } = await import("../../tosca/mod.ts");
  const { value, problems } = await validate(await sourcesOf(it, entry));
  const code = exitCodeOf(problems);
  if (flags.output !== "text") {
    await printData(it, flags.output, { valid: code === 0, summary: value ?? null, problems });
    return code;
  }
  await printProblems(it, problems);
  if (code === 0 && value) {
    const parts = [
      counted(value.files, "file"),
      counted(value.nodes, "node"),
      counted(value.relationships, "relationship"),
    ];
    const name = entry === standardInput ? "standard input" : entry;
    it.stdout.write(`${name} is valid: ${parts.join(", ")}\n`);
  }
  return code;
}

export async function compileTemplate(
  it: Surroundings,
  flags: CompileFlags,
  path: string,
): Promise<number> {
  const entry = path === standardInput ? path : await findTemplate(it, path);
  const inputs = await readInputs(it, flags);
  const { compile, toPucciniClout } = await import("../../tosca/mod.ts");
  const { value, problems } = await compile({ ...await sourcesOf(it, entry), inputs });
  await printProblems(it, problems);
  if (value && flags.format === "puccini") {
    const { flatten } = await import("../../clout/mod.ts");
    const { writeYaml } = await import("../../yaml/mod.ts");
    const tree = toPucciniClout(flatten(value));
    const text = flags.output === "yaml"
      ? writeYaml(tree)
      : `${JSON.stringify(tree, (_, each) => typeof each === "bigint" ? Number(each) : each, 2)}\n`;
    it.stdout.write(text);
  } else if (value) {
    const { cloutToJson } = await import("../../clout/mod.ts");
    await printData(it, flags.output, cloutToJson(value));
  }
  return exitCodeOf(problems);
}

export async function drawTemplate(
  it: Surroundings,
  flags: GraphFlags,
  path: string,
): Promise<number> {
  const entry = path === standardInput ? path : await findTemplate(it, path);
  const inputs = await readInputs(it, flags);
  const { compile, toDot, toMermaid, toSvg } = await import("../../tosca/mod.ts");
  const { value, problems } = await compile({ ...await sourcesOf(it, entry), inputs });
  await printProblems(it, problems);
  const draw = { dot: toDot, mermaid: toMermaid, svg: toSvg }[flags.format];
  if (value) it.stdout.write(draw(value));
  return exitCodeOf(problems);
}

export async function explainTemplate(
  it: Surroundings,
  flags: InputFlags,
  path: string,
  node: string,
): Promise<number> {
  const entry = path === standardInput ? path : await findTemplate(it, path);
  const inputs = await readInputs(it, flags);
  const { explain } = await import("../../tosca/mod.ts");
  const { value: { nodes, templates }, problems } = await explain(
    { ...await sourcesOf(it, entry), inputs },
    node,
  );
  await printProblems(it, problems);
  if (!nodes) {
    if (exitCodeOf(problems) !== 0) return exitCodeOf(problems);
    fail("CLI_FILE", {
      what: `Cannot explain "${node}": "${entry}" has no such node template`,
      why: `It has ${templates.map((each) => `"${each}"`).join(", ")}`,
      fix: didYouMean(node, templates) ?? "Name one of them",
    });
  }
  const { showValue } = await import("../render/values.ts");
  for (const { id, types, values } of nodes) {
    it.stdout.write(`${id}: ${types[0]}\n`);
    for (const each of values) {
      const shown = each.value === undefined ? "not known" : showValue(each.value);
      const place = each.position ? `, ${formatPosition(each.position)}` : "";
      it.stdout.write(`  ${each.path} = ${shown}\n    ${each.origin}${place}\n`);
      if (each.expression) it.stdout.write(`    as ${each.expression}\n`);
    }
  }
  return exitCodeOf(problems);
}

/** The files around a template on the user's own disk, and the built-in profiles. */
async function sourcesOf(it: Surroundings, entry: string) {
  const { findProfiles } = await import("../../tosca/mod.ts");
  const profiles = [...await it.profiles()].flatMap(([name, files]) =>
    findProfiles(files, { prefix: `${name}/` })
  );
  if (entry === standardInput) return { files: await pipedFiles(it), entry, profiles };
  const remote = new RemoteFiles(it);
  const failure = (path: string) => remote.failure(path);
  if (await isPackage(it, entry)) {
    const { files: inside, entry: root, others } = await openPackage(it, remote, entry);
    const files: typeof inside = {
      ...inside,
      read: async (path) =>
        await inside.read(path) ?? (isUrl(path) ? await remote.read(path) : undefined),
      failure: (path) => inside.failure?.(path) ?? failure(path),
    };
    const substitutes = others.map((each) => ({ files, entry: each }));
    return { files, entry: root, substitutes, profiles };
  }
  if (isUrl(entry)) {
    await remote.require(entry);
    return { files: { read: (path: string) => remote.read(path), failure }, entry, profiles };
  }
  const folder = parentOf(entry);
  const at = (path: string) => normalPath(joinPath(folder, path));
  const isFile = async (path: string) => (await it.files.stat(at(path)))?.kind === "file";
  return {
    files: {
      read: async (path: string) => {
        if (isUrl(path)) return await remote.read(path);
        return await isFile(path) ? await it.files.read(at(path)) : undefined;
      },
      label: (path: string) => isUrl(path) ? path : at(path),
      failure,
    },
    entry: entry.slice(folder === "" ? 0 : folder.length + 1),
    profiles,
  };
}

/** What stands for a path where the template comes through a pipe. */
const standardInput = "-";
const pipedBytesMax = 64 * 1024 * 1024;

/** A template from standard input; what it imports is looked for in the working directory. */
async function pipedFiles(it: Surroundings) {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const chunk of it.stdin()) {
    chunks.push(Uint8Array.from(chunk));
    length += chunk.length;
    if (length > pipedBytesMax) {
      fail("CLI_FILE", {
        what: "Cannot read the template from standard input",
        why: `It is larger than ${pipedBytesMax >> 20} MiB`,
        fix: "Name the file itself",
      });
    }
  }
  const piped = new Uint8Array(await new Blob(chunks).arrayBuffer());
  const isFile = async (path: string) => (await it.files.stat(path))?.kind === "file";
  return {
    read: async (path: string) =>
      path === standardInput ? piped : await isFile(path) ? await it.files.read(path) : undefined,
    label: (path: string) => path === standardInput ? "standard input" : path,
  };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
