import { fail, type Problem, ProblemError, stableJson } from "../../base/mod.ts";
import type { Files, Logger, PluginRuntime, Processes } from "../../ports/mod.ts";
import type { Step } from "../../plan/mod.ts";
import {
  contractVersion,
  type HostFunctionInputs,
  type HostFunctionName,
  type HostFunctionOutputs,
  readResponse,
  type Request,
  type Response,
  type SeenInstance,
  ShapeError,
  wrongContract,
} from "../../plugin/mod.ts";
import { HostFunctions, ItemProblemError } from "./host_functions.ts";
import { Permissions } from "./permissions.ts";
import type { LoadedPlugin, PluginSource } from "./plugin_source.ts";

/** How large an answer may be. */
const outputBytesMax = 16 * 1024 * 1024;

/** How many plugins may wait for one another. */
const depthMax = 4;

/** Which plugin to call. */
export interface PluginRef {
  readonly name: string;
  /** The package's digest that the service is pinned to; the newest where absent. */
  readonly digest?: string;
}

export type PluginRequest = Omit<Request, "contract">;

export interface PluginCallOptions {
  /** Digests to which the service is pinned, by plugin, for the plugins that this one calls. */
  readonly pinned?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** The instances of the items' own service, as they are planned. */
  readonly seen?: () => readonly SeenInstance[];
}

/** What a plugin answered, and the steps that it and the plugins it called appended, in their order. */
export interface PluginAnswer {
  readonly response: Response;
  readonly steps: readonly Step[];
}

/** Host functions that need more than files and processes; one that is absent is refused with a problem. */
export interface HostServices {
  /** Returns the instances of one service of a namespace; with `*`, of all but the one that asks. */
  lookup?(
    where: { readonly namespace: string; readonly service: string; readonly but: string },
  ): Promise<readonly SeenInstance[]>;
  http?(input: HostFunctionInputs["http"]): Promise<HostFunctionOutputs["http"]>;
}

/** One call on the way: what its host functions must know. */
export interface Invocation {
  readonly plugin: LoadedPlugin;
  readonly request: PluginRequest;
  readonly options: PluginCallOptions;
  /** Names of the plugins that wait for this call, outermost first, itself last. */
  readonly chain: readonly string[];
  /** Where the steps of the whole call go. */
  readonly steps: Step[];
}

/**
 * Calls plugins: serves their host functions through the ports, holds them to their manifests, collects their steps.
 *
 * Nothing on the host changes by a call: what a plugin wants changed is in the returned steps, the same for plan and
 * apply. Whatever goes wrong is a `ProblemError` that names plugin and item; no step of such a call is returned.
 */
export class PluginInvoker {
  readonly #files: Files;
  readonly #processes: Processes;
  readonly #runtime: PluginRuntime;
  readonly #logger: Logger;
  readonly #source: PluginSource;
  readonly #services: HostServices;

  constructor(
    files: Files,
    processes: Processes,
    runtime: PluginRuntime,
    logger: Logger,
    source: PluginSource,
    services: HostServices = {},
  ) {
    this.#files = files;
    this.#processes = processes;
    this.#runtime = runtime;
    this.#logger = logger;
    this.#source = source;
    this.#services = services;
  }

  async call(
    plugin: PluginRef,
    request: PluginRequest,
    options: PluginCallOptions = {},
  ): Promise<PluginAnswer> {
    const steps: Step[] = [];
    const response = await this.#invoke(plugin, request, options, [], steps);
    return { response, steps };
  }

  async #invoke(
    ref: PluginRef,
    request: PluginRequest,
    options: PluginCallOptions,
    callers: readonly string[],
    steps: Step[],
  ): Promise<Response> {
    checkChain(ref.name, callers);
    const plugin = await this.#source.resolve(ref.name, ref.digest);
    const invocation = { plugin, request, options, chain: [...callers, ref.name], steps };
    try {
      return await this.#run(invocation);
    } catch (error) {
      throw located(error, invocation);
    }
  }

  async #run(invocation: Invocation): Promise<Response> {
    const { plugin, request } = invocation;
    const { name, contract, limits } = plugin.manifest;
    if (contract !== contractVersion) throw new ProblemError(wrongContract(name, contract));
    const permissions = new Permissions(plugin.manifest, this.#files, request.host, request.items);
    const host = new HostFunctions(invocation, permissions, {
      files: this.#files,
      processes: this.#processes,
      logger: this.#logger,
      services: this.#services,
      callPlugin: (ref, nested) =>
        this.#invoke(ref, nested, invocation.options, invocation.chain, invocation.steps),
    });
    const message: Request = { contract: contractVersion, ...request };
    const output = await this.#runtime.call(
      plugin.module,
      new TextEncoder().encode(stableJson(message)),
      (function_, input) => host.serve(function_ as HostFunctionName, input),
      { ...limits, outputBytesMax },
    );
    const response = decodeResponse(output, request);
    for (const item of response.items) if (item.command) permissions.checkAttach(item.command.argv);
    return response;
  }
}

function checkChain(name: string, callers: readonly string[]): void {
  const chain = [...callers, name].map((each) => `"${each}"`).join(" → ");
  if (callers.includes(name)) {
    fail("PLUGIN_CYCLE", {
      what: `Cannot call plugin "${name}"`,
      where: { subject: `plugin ${callers.at(-1)}` },
      why: `It waits for this very call: ${chain}`,
      fix: "Report it to the author of the plugin that calls",
    });
  }
  if (callers.length >= depthMax) {
    fail("PLUGIN_DEPTH", {
      what: `Cannot call plugin "${name}"`,
      where: { subject: `plugin ${callers.at(-1)}` },
      why: `At most ${depthMax} plugins may wait for one another: ${chain}`,
      fix: "Report it to the author of the plugin that calls",
    });
  }
}

function decodeResponse(output: Uint8Array, request: PluginRequest): Response {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(output);
    return readResponse(JSON.parse(text), request.verb, request.items.map((item) => item.id));
  } catch (error) {
    if (
      !(error instanceof ShapeError || error instanceof SyntaxError || error instanceof TypeError)
    ) {
      throw error;
    }
    fail("PLUGIN_ANSWER", {
      what: "Its answer cannot be read",
      why: output.length === 0 ? "It is empty" : error.message,
      fix: "Report it to the author of the plugin",
    });
  }
}

/** Returns the error with plugin, verb and items said: whoever found it knew only the cause. */
function located(error: unknown, { plugin, request }: Invocation): unknown {
  if (!(error instanceof ProblemError)) return error;
  const { problem } = error;
  if (problem.where?.path !== undefined) return error;
  const { name } = plugin.manifest;
  const items = error instanceof ItemProblemError ? `"${error.item}"` : listItems(request);
  const what = `Plugin "${name}" cannot ${request.verb} ${items}`;
  const complete: Problem = {
    ...problem,
    what: problem.what === "" ? what : `${what}: ${lowerFirst(problem.what)}`,
    where: {
      ...problem.where,
      host: request.host.id,
      subject: `plugin ${name}`,
      path: `${request.verb} ${items}`,
    },
  };
  return new ProblemError(complete);
}

function listItems({ items }: PluginRequest): string {
  const ids = items.slice(0, 3).map((item) => `"${item.id}"`).join(", ");
  return items.length > 3 ? `${ids} and ${items.length - 3} more` : ids || "anything";
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z]* /.test(text) ? text[0].toLowerCase() + text.slice(1) : text;
}
