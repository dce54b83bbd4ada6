import { fail, type Json, type JsonObject, ProblemError, type ServiceRef } from "../base/mod.ts";
import type { DeployRequest } from "../api/mod.ts";
import type { InputFlags } from "./flags.ts";
import type { Surroundings } from "./surroundings.ts";
import { readFile } from "./user_files.ts";
import { isPath, type SourceUpload, uploadTemplate } from "./upload.ts";

/** What is asked of the agent, and the files that it was made from. */
export interface SourcedRequest {
  readonly ref: ServiceRef;
  readonly body: Omit<DeployRequest, "ref">;
  readonly source?: SourceUpload;
}

/** Returns the request that a command line means. */
export async function buildRequest(
  it: Surroundings,
  ref: ServiceRef,
  template: string | undefined,
  flags: InputFlags,
): Promise<SourcedRequest> {
  const inputs = await readInputs(it, flags);
  const asked = Object.keys(inputs).length > 0 ? { inputs } : {};
  if (template === undefined) return { ref, body: asked };
  if (!await isPath(it, template)) return { ref, body: { ...asked, template: { name: template } } };
  const source = await uploadTemplate(it, template);
  return { ref, body: { ...asked, template: { upload: source.upload } }, source };
}

/** Returns the inputs of a file and of the command line; the latter win. */
export async function readInputs(it: Surroundings, flags: InputFlags): Promise<JsonObject> {
  const inputs: Record<string, Json> = flags.inputs
    ? { ...await readInputsFile(it, flags.inputs) }
    : {};
  for (const text of flags.input ?? []) {
    const at = text.indexOf("=");
    if (at < 1) {
      fail("CLI_USAGE", {
        what: `Cannot take the input "${text}"`,
        why: "An input is a name, an equals sign, and a value",
        fix: "Write it as --input port=8080",
      });
    }
    inputs[text.slice(0, at)] = text.slice(at + 1);
  }
  return inputs;
}

async function readInputsFile(it: Surroundings, path: string): Promise<JsonObject> {
  const words = { what: `Cannot read the inputs file "${path}"` };
  const bytes = await readFile(it, path, words);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    fail("CLI_FILE", { ...words, why: "It is not UTF-8", fix: "Name a YAML file" });
  }
  const { parseData } = await import("../yaml/mod.ts");
  const value = parseData(text, path);
  if (value === null) return {};
  if (typeof value === "object" && !Array.isArray(value)) return value as JsonObject;
  throw new ProblemError({
    code: "CLI_FILE",
    severity: "error",
    what: `Cannot take "${path}" as inputs: it is no map`,
    where: { position: { file: path, line: 1, column: 1 } },
    fix: "Write one NAME: VALUE on each line",
  });
}
