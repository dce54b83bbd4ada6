import { fail, type Json, type JsonObject, ProblemError } from "../base/mod.ts";
import { parseData, writeYaml } from "../yaml/mod.ts";
import { sealText } from "./_seal.ts";
import { type StateDocument, stateFormat } from "./documents.ts";

/** How one kind of document is written and read. */
export interface SpecCodec<Spec> {
  readonly kind: string;
  encode(spec: Spec): JsonObject;
  decode(json: JsonObject): Spec;
}

/** Returns the codec of a spec that is plain data. */
export function plainCodec<Spec>(kind: string): SpecCodec<Spec> {
  return {
    kind,
    encode: (spec) => spec as unknown as JsonObject,
    decode: (json) => json as unknown as Spec,
  };
}

/** Returns the text of a document: the envelope first, so that a person sees at the top what it is. */
export function formatDocument<Spec>(
  codec: SpecCodec<Spec>,
  document: StateDocument<Spec>,
): string {
  const { format, kind, generation, epoch, writer, spec } = document;
  const json = { format, kind, generation, epoch, writer, spec: codec.encode(spec) };
  return sealText(writeYaml(json));
}

/** Returns the document of a text. What cannot be understood is a `STATE_…` problem that names the file. */
export function parseDocument<Spec>(
  codec: SpecCodec<Spec>,
  text: string,
  path: string,
): StateDocument<Spec> {
  const json = parseObject(text, path);
  const { format, kind, generation, epoch, writer, spec } = json;
  checkFormat(format, path);
  if (kind !== codec.kind || typeof generation !== "number" || typeof epoch !== "number") {
    damaged(path, `It is not a document of kind "${codec.kind}" with a generation and an epoch`);
  }
  if (!isObject(writer) || !isObject(spec)) damaged(path, "It has no writer or no spec");
  return {
    format: format as number,
    kind,
    generation,
    epoch,
    writer: writer as unknown as StateDocument<Spec>["writer"],
    spec: decodeSpec(codec, spec, path),
  };
}

/** Returns the map that a text holds. */
export function parseObject(text: string, path: string): JsonObject {
  let json: Json;
  try {
    json = parseData(text, path);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return damaged(path, "It is not well-formed", error.problem);
  }
  return isObject(json) ? json : damaged(path, "It holds no map");
}

/** Refuses what a newer version wrote: to write beside it could lose what this one does not know. */
export function checkFormat(format: Json | undefined, path: string): void {
  if (typeof format !== "number") damaged(path, "It does not say its format");
  if (format <= stateFormat) return;
  fail("STATE_FORMAT_NEWER", {
    what: `Cannot read "${path}": its format is ${format}`,
    where: { subject: path },
    why: `This version reads formats up to ${stateFormat}`,
    fix: "Use the newer version of khutulun on this host too",
  });
}

/** Stops on a file that nobody who keeps to the protocol has written. */
export function damaged(path: string, why: string, cause?: ProblemError["problem"]): never {
  fail("STATE_DAMAGED", {
    what: `Cannot understand "${path}"`,
    where: { subject: path },
    why,
    fix: "It was edited by hand, or the disk is failing: put a copy back, or move the file away " +
      "to return to the generation before it",
    cause,
  });
}

/** Returns what a document says; `STATE_DAMAGED` where its codec does not take it. */
export function decodeSpec<Spec>(codec: SpecCodec<Spec>, spec: JsonObject, path: string): Spec {
  try {
    return codec.decode(spec);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return damaged(path, error.problem.what, error.problem);
  }
}

function isObject(json: Json | undefined): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

/** Returns the epoch of a document without reading all of it: the envelope is at the top. */
export function epochOf(text: string, path: string): number {
  const epoch = /^epoch: (\d+)$/m.exec(text.slice(0, 1_000))?.[1];
  return epoch === undefined ? damaged(path, "It does not say its epoch") : Number(epoch);
}
