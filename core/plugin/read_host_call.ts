import type { JsonObject } from "../base/mod.ts";
import type { EndEffect, RemoveEffect, SpawnEffect, WriteEffect } from "../plan/mod.ts";
import {
  optional,
  readBoolean,
  readInteger,
  readList,
  readMap,
  readOneOf,
  readText,
  readTextMap,
  readTexts,
  ShapeError,
  withoutAbsent,
} from "./_shape.ts";
import type { HostFunctionInputs, Item, StepHeader, Verb } from "./contract.ts";
import type { HostFunctionName } from "./host_functions.ts";
import { readResource } from "./resource.ts";

/** How long a step or an observing command may take at most. */
const stepTimeoutMsMax = 600_000;

export const verbs: readonly Verb[] = [
  ...["describe", "place", "reconcile", "observe", "remove", "interact", "logs"] as const,
];

/** A host function call, with its name, so that `switch` knows its input. */
export type HostCall = {
  [Name in HostFunctionName]: { readonly name: Name; readonly input: HostFunctionInputs[Name] };
}[HostFunctionName];

/** Returns a host function call, after checking that its input is of the contract's form. Throws a `ShapeError`. */
export function readHostCall(name: HostFunctionName, value: unknown): HostCall {
  const map = readMap(value, "", inputKeys[name]);
  switch (name) {
    case "exec":
      return { name, input: readExec(map) };
    case "read_file":
      return {
        name,
        input: withoutAbsent({
          path: readText(map.path, "path"),
          digestOnly: optional(map.digestOnly, "digestOnly", readBoolean),
        }),
      };
    case "list_dir":
      return { name, input: { path: readText(map.path, "path") } };
    case "write_file":
      return { name, input: { step: readStep(map.step, "step"), ...readWrite(map) } };
    case "remove_file":
      return { name, input: { step: readStep(map.step, "step"), ...readRemove(map) } };
    case "spawn":
      return { name, input: { step: readStep(map.step, "step"), ...readSpawn(map) } };
    case "end":
      return { name, input: { step: readStep(map.step, "step"), ...readEnd(map) } };
    case "call_plugin":
      return { name, input: readCallPlugin(map) };
    case "lookup":
      return {
        name,
        input: withoutAbsent({
          service: optional(map.service, "service", readText),
          node: optional(map.node, "node", readText),
          type: optional(map.type, "type", readText),
        }),
      };
    case "http":
      return { name, input: readHttp(map) };
    case "log":
      return {
        name,
        input: {
          level: readOneOf(map.level, "level", ["debug", "info", "warning", "error"]),
          message: readText(map.message, "message"),
        },
      };
    case "panic":
      return { name, input: { message: readText(map.message, "message") } };
  }
}

const inputKeys: Record<HostFunctionName, readonly string[]> = {
  exec: ["argv", "env", "cwd", "stdin", "timeoutMs", "okExit", "joinable", "step"],
  read_file: ["path", "digestOnly"],
  list_dir: ["path"],
  write_file: ["step", "path", "mode", "owner", "text", "artifact"],
  remove_file: ["step", "path", "recursive"],
  spawn: ["step", "argv", "env", "cwd", "logPath", "pidPath", "revision"],
  end: ["step", "pidPath", "graceMs"],
  call_plugin: ["plugin", "request"],
  lookup: ["service", "node", "type"],
  http: ["method", "url", "headers", "body", "timeoutMs"],
  log: ["level", "message"],
  panic: ["message"],
};

type Input = Record<string, unknown>;

function readStep(value: unknown, path: string): StepHeader {
  const map = readMap(value, path, ["key", "item", "why", "needs", "owns", "gate", "timeoutMs"]);
  const key = readText(map.key, `${path}.key`);
  if (key === "" || key.length > 1024) throw new ShapeError(`${path}.key`, "must be 1–1024 long");
  return withoutAbsent({
    key,
    item: readText(map.item, `${path}.item`),
    why: readText(map.why, `${path}.why`),
    needs: optional(map.needs, `${path}.needs`, readTexts),
    owns: optional(map.owns, `${path}.owns`, readList)?.map((each, index) =>
      readResource(each, `${path}.owns[${index}]`)
    ),
    gate: optional(
      map.gate,
      `${path}.gate`,
      (each, where) => readOneOf(each, where, ["start", "stop"] as const),
    ),
    timeoutMs: optional(map.timeoutMs, `${path}.timeoutMs`, readTimeout),
  });
}

function readExec(map: Input): HostFunctionInputs["exec"] {
  return withoutAbsent({
    argv: readArgv(map.argv, "argv"),
    env: optional(map.env, "env", readTextMap),
    cwd: optional(map.cwd, "cwd", readText),
    stdin: optional(map.stdin, "stdin", readText),
    timeoutMs: optional(map.timeoutMs, "timeoutMs", readTimeout),
    okExit: optional(map.okExit, "okExit", readList)?.map((each, index) =>
      readInteger(each, `okExit[${index}]`, 0, 255)
    ),
    joinable: optional(map.joinable, "joinable", readBoolean),
    step: optional(map.step, "step", readStep),
  });
}

function readArgv(value: unknown, path: string): string[] {
  const argv = readTexts(value, path);
  if (argv.length === 0 || argv[0] === "") throw new ShapeError(path, "must begin with a command");
  return argv;
}

function readTimeout(value: unknown, path: string): number {
  return readInteger(value, path, 1, stepTimeoutMsMax);
}

function readWrite(map: Input): WriteEffect {
  const mode = readText(map.mode, "mode");
  if (!/^0?[0-7]{3,4}$/.test(mode)) {
    throw new ShapeError("mode", `must be octal such as "0644", found "${mode}"`);
  }
  const artifact = optional(map.artifact, "artifact", (each, path) => {
    const source = readMap(each, path, ["path", "digest"]);
    return {
      path: readText(source.path, `${path}.path`),
      digest: readText(source.digest, `${path}.digest`),
    };
  });
  const text = optional(map.text, "text", readText);
  if ((text === undefined) === (artifact === undefined)) {
    throw new ShapeError("", 'exactly one of "text" and "artifact" is wanted');
  }
  const owner = optional(map.owner, "owner", readText);
  if (owner !== undefined && !/^[\w.-]+(:[\w.-]+)?$/.test(owner)) {
    throw new ShapeError("owner", `must be USER or USER:GROUP, found "${owner}"`);
  }
  return withoutAbsent({ path: readText(map.path, "path"), mode, owner, text, artifact });
}

function readRemove(map: Input): RemoveEffect {
  return withoutAbsent({
    path: readText(map.path, "path"),
    recursive: optional(map.recursive, "recursive", readBoolean),
  });
}

function readSpawn(map: Input): SpawnEffect {
  const revision = readText(map.revision, "revision");
  if (!/^\S{1,128}$/.test(revision)) {
    throw new ShapeError("revision", "must be one word of at most 128 characters");
  }
  return withoutAbsent({
    argv: readArgv(map.argv, "argv"),
    env: readTextMap(map.env, "env"),
    cwd: optional(map.cwd, "cwd", readText),
    logPath: readText(map.logPath, "logPath"),
    pidPath: readText(map.pidPath, "pidPath"),
    revision,
  });
}

function readEnd(map: Input): EndEffect {
  return {
    pidPath: readText(map.pidPath, "pidPath"),
    graceMs: readInteger(map.graceMs, "graceMs", 0, stepTimeoutMsMax),
  };
}

function readCallPlugin(map: Input): HostFunctionInputs["call_plugin"] {
  const request = readMap(map.request, "request", ["verb", "items", "options"]);
  return {
    plugin: readText(map.plugin, "plugin"),
    request: withoutAbsent({
      verb: readOneOf(request.verb, "request.verb", verbs),
      items: readList(request.items, "request.items").map((each, index) => {
        const path = `request.items[${index}]`;
        const item = readMap(each, path);
        readText(item.id, `${path}.id`);
        return item as unknown as Pick<Item, "id">;
      }),
      options: optional(request.options, "request.options", readMap) as JsonObject | undefined,
    }),
  };
}

function readHttp(map: Input): HostFunctionInputs["http"] {
  return withoutAbsent({
    method: readText(map.method, "method"),
    url: readText(map.url, "url"),
    headers: optional(map.headers, "headers", readTextMap),
    body: optional(map.body, "body", readText),
    timeoutMs: optional(map.timeoutMs, "timeoutMs", readTimeout),
  });
}
