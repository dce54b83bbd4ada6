import { fail, ProblemError } from "../../base/mod.ts";
import type { Files, Logger, Processes } from "../../ports/mod.ts";
import type { Effect, Step } from "../../plan/mod.ts";
import {
  type HostCall,
  type HostFunctionInputs,
  type HostFunctionName,
  type HostFunctionOutputs,
  type Item,
  readHostCall,
  type Response,
  ShapeError,
  type StepHeader,
  type Verb,
} from "../../plugin/mod.ts";
import { selectInstances } from "../../mesh/mod.ts";
import { sha256 } from "../packages/digest.ts";
import type { Permissions } from "./permissions.ts";
import type { HostServices, Invocation, PluginRef, PluginRequest } from "./plugin_invoker.ts";

/** Bounds on what one call may do. */
const hostCallsMax = 50_000;
const stepsMax = 20_000;
const readBytesMax = 1024 * 1024;
const digestBytesMax = 256 * 1024 * 1024;
const messageLengthMax = 4096;
const seenMax = 10_000;

const observeTimeoutMs = 10_000;
const stepTimeoutMs = 30_000;

/** Verbs whose answers change nothing: a step is refused. */
const readOnlyVerbs: readonly Verb[] = ["describe", "place", "observe", "interact", "logs"];

/** What host functions are served with. */
export interface HostFunctionPorts {
  readonly files: Files;
  readonly processes: Processes;
  readonly logger: Logger;
  readonly services: HostServices;
  callPlugin(ref: PluginRef, request: PluginRequest): Promise<Response>;
}

/** The host functions of one call of one plugin. */
export class HostFunctions {
  readonly #invocation: Invocation;
  readonly #permissions: Permissions;
  readonly #ports: HostFunctionPorts;
  /** The step after which nothing may be observed; the first one of this call. */
  #firstStep?: string;
  #calls = 0;

  constructor(invocation: Invocation, permissions: Permissions, ports: HostFunctionPorts) {
    this.#invocation = invocation;
    this.#permissions = permissions;
    this.#ports = ports;
  }

  /** Serves one host function: JSON in, JSON out. Throws a `ProblemError`, which ends the guest's call. */
  async serve(name: HostFunctionName, input: Uint8Array): Promise<Uint8Array> {
    if (++this.#calls > hostCallsMax) {
      limit(`It called host functions more than ${hostCallsMax} times in one call`);
    }
    const call = decode(name, input);
    return new TextEncoder().encode(JSON.stringify(await this.#answer(call)));
  }

  async #answer(call: HostCall): Promise<object> {
    switch (call.name) {
      case "exec":
        return await this.#exec(call.input);
      case "read_file":
        return await this.#readFile(call.input);
      case "list_dir":
        return await this.#listDirectory(call.input.path);
      case "write_file": {
        const { step, ...write } = call.input;
        return await this.#append(step, { write });
      }
      case "remove_file": {
        const { step, ...remove } = call.input;
        return await this.#append(step, { remove });
      }
      case "spawn": {
        const { step, ...spawn } = call.input;
        return await this.#append(step, { spawn });
      }
      case "end": {
        const { step, ...end } = call.input;
        return await this.#append(step, { end });
      }
      case "call_plugin":
        return await this.#callPlugin(call.input);
      case "log": {
        const { level, message } = call.input;
        const plugin = this.#invocation.plugin.manifest.name;
        this.#ports.logger.log(level, message.slice(0, messageLengthMax), { plugin });
        return {};
      }
      case "panic":
        fail("PLUGIN_PANIC", {
          what: "",
          why: call.input.message.slice(0, messageLengthMax),
          fix: "Correct what the plugin says is wrong, or report it to the plugin's author",
        });
        break;
      case "lookup":
        return await this.#lookUp(call.input);
      case "http":
        return await this.#http(call.input);
    }
  }

  async #exec(input: HostFunctionInputs["exec"]): Promise<object> {
    const { step, timeoutMs, okExit, joinable, ...command } = input;
    if (this.#permissions.classify(input) === "change") {
      if (step === undefined) misuse("exec", "A command that changes something needs a step");
      if (timeoutMs !== undefined) misuse("exec", "A step has its own timeoutMs");
      const exec = { ...command, ...(okExit && { okExit }), ...(joinable && { joinable }) };
      return await this.#append(step, { exec });
    }
    if (step !== undefined) misuse("exec", "A command that only observes cannot be a step");
    if (okExit !== undefined || joinable !== undefined) {
      misuse("exec", "okExit and joinable belong to commands that change something");
    }
    this.#checkMayObserve(`the command ${JSON.stringify(input.argv.join(" "))}`);
    const result = await this.#ports.processes.run(
      { ...command, timeoutMs: timeoutMs ?? observeTimeoutMs, outputBytesMax: readBytesMax },
      this.#invocation.options.signal,
    );
    const { exit, failure, stdout, stderr } = result;
    return { exit, failure, stdout, stderr } satisfies HostFunctionOutputs["exec"];
  }

  async #readFile(
    { path, digestOnly = false }: HostFunctionInputs["read_file"],
  ): Promise<HostFunctionOutputs["read_file"]> {
    const { files } = this.#ports;
    this.#checkMayObserve(`the file "${path}"`);
    await this.#permissions.checkRead(path);
    const info = await files.stat(path);
    if (info === undefined) return { exists: false };
    const { kind, sizeBytes, modifiedMs } = info;
    const bytesMax = digestOnly ? digestBytesMax : readBytesMax;
    if (sizeBytes > bytesMax) limit(`"${path}" has ${sizeBytes} bytes, the limit is ${bytesMax}`);
    const content = kind !== "file"
      ? {}
      : digestOnly
      ? { digest: sha256(await files.readBytes(path)) }
      : { text: await files.readText(path) };
    const mode = info.mode.toString(8).padStart(4, "0");
    return { exists: true, kind, mode, modifiedMs, sizeBytes, ...content };
  }

  async #listDirectory(path: string): Promise<HostFunctionOutputs["list_dir"]> {
    this.#checkMayObserve(`the directory "${path}"`);
    await this.#permissions.checkRead(path);
    const info = await this.#ports.files.stat(path);
    if (info?.kind !== "directory") return { exists: false, entries: [] };
    return { exists: true, entries: await this.#ports.files.list(path) };
  }

  async #append(header: StepHeader, effect: Effect): Promise<object> {
    const { steps, request } = this.#invocation;
    if (readOnlyVerbs.includes(request.verb)) {
      misuse("step", `"${header.key}" is a step, and "${request.verb}" must change nothing`);
    }
    if (!request.items.some((item) => item.id === header.item)) {
      misuse("step", `"${header.key}" is for "${header.item}", which it was not asked about`);
    }
    try {
      await this.#permissions.checkEffect(effect);
    } catch (error) {
      throw atItem(error, header.item);
    }
    if (steps.length >= stepsMax) limit(`It appended more than ${stepsMax} steps`);
    this.#firstStep ??= header.key;
    steps.push(stepOf(header, effect));
    return {};
  }

  async #callPlugin({ plugin, request }: HostFunctionInputs["call_plugin"]): Promise<Response> {
    const { request: own, options, steps } = this.#invocation;
    this.#permissions.checkCall(plugin);
    if (readOnlyVerbs.includes(own.verb) && !readOnlyVerbs.includes(request.verb)) {
      misuse("call_plugin", `"${own.verb}" must change nothing, and "${request.verb}" may`);
    }
    const items = request.items.map((given) => ownItem(given, own.items));
    const before = steps.length;
    const response = await this.#ports.callPlugin(
      { name: plugin, digest: options.pinned?.[plugin] },
      { ...request, host: own.host, round: own.round, items },
    );
    if (steps.length > before) this.#firstStep ??= steps[before].key;
    return response;
  }

  async #lookUp(query: HostFunctionInputs["lookup"]): Promise<HostFunctionOutputs["lookup"]> {
    const { request: { items }, options } = this.#invocation;
    this.#checkMayObserve("other instances");
    if (items.length === 0) misuse("lookup", "A call without items is of no service");
    const { namespace, service } = items[0];
    const { own, others } = this.#permissions.checkLookup(query, service);
    const seen = own ? [...options.seen?.() ?? []] : [];
    if (others !== undefined) {
      const { lookup } = this.#ports.services;
      if (lookup === undefined) misuse("lookup", "This host does not serve it");
      for (const each of await lookup({ namespace, service: others, but: service })) {
        seen.push(each);
      }
    }
    const instances = selectInstances(seen, query);
    if (instances.length > seenMax) {
      limit(`It looked up ${instances.length} instances in one call, the limit is ${seenMax}`);
    }
    return { instances };
  }

  async #http(input: HostFunctionInputs["http"]): Promise<HostFunctionOutputs["http"]> {
    const { services } = this.#ports;
    this.#checkMayObserve(`what "${input.url}" answers`);
    this.#permissions.checkReach(input.url);
    if (!/^(GET|HEAD)$/.test(input.method)) {
      misuse("http", `A ${input.method} may change something, which only a step may`);
    }
    return await services.http?.(input) ?? misuse("http", "This host does not serve it");
  }

  /** What is observed after a change would be seen as it was before: the steps run after the plugin has answered. */
  #checkMayObserve(what: string): void {
    if (this.#firstStep === undefined) return;
    fail("PLUGIN_OBSERVE_AFTER_CHANGE", {
      what: "",
      why: `It observes ${what} after it appended the step "${this.#firstStep}"`,
      fix: "Observe first, for every item, and append the steps then; or answer again",
    });
  }
}

function decode(name: HostFunctionName, input: Uint8Array): HostCall {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(input);
    return readHostCall(name, JSON.parse(text));
  } catch (error) {
    if (error instanceof ShapeError) misuse(name, error.message);
    if (error instanceof SyntaxError || error instanceof TypeError) {
      misuse(name, `Its input is not JSON: ${error.message}`);
    }
    throw error;
  }
}

function stepOf(header: StepHeader, effect: Effect): Step {
  const { key, item, why, needs = [], owns = [], gate, timeoutMs = stepTimeoutMs } = header;
  const step = { key, item, why, needs, owns, timeoutMs, do: effect };
  return gate ? { ...step, gate } : step;
}

/** Returns the caller's own item with what it says is different; whose item it is cannot be different. */
function ownItem(given: Pick<Item, "id"> & Partial<Item>, items: readonly Item[]): Item {
  const own = items.find((item) => item.id === given.id);
  if (!own) misuse("call_plugin", `"${given.id}" is none of the items that it was asked about`);
  const { name, namespace, service, epoch, revision, owned, artifacts } = own;
  return { ...own, ...given, name, namespace, service, epoch, revision, owned, artifacts };
}

function misuse(name: string, why: string): never {
  fail("PLUGIN_HOST_CALL", {
    what: "",
    why: `${name}: ${why}`,
    fix: "Report it to the author of the plugin",
  });
}

function limit(why: string): never {
  fail("PLUGIN_LIMIT", { what: "", why, fix: "Report it to the author of the plugin" });
}

function atItem(error: unknown, item: string): unknown {
  if (!(error instanceof ProblemError)) return error;
  return new ItemProblemError(error.problem, item);
}

/** A problem that is known to be about one of the items. */
export class ItemProblemError extends ProblemError {
  constructor(problem: ProblemError["problem"], readonly item: string) {
    super(problem);
  }
}
