import { fail, ProblemError, toProblem } from "../base/mod.ts";
import type { HostFunction, PluginCallLimits, PluginModule, PluginRuntime } from "../ports/mod.ts";
import type { HostFunctionInputs, HostFunctionOutputs, Request, Response } from "../plugin/mod.ts";
import { Faults } from "./faults.ts";
import type { Timers } from "./virtual_clock.ts";

/** The host functions as a model plugin calls them: the same messages that a guest sends. */
export type ModelHost = <Name extends keyof HostFunctionInputs>(
  name: Name,
  input: HostFunctionInputs[Name],
) => Promise<Name extends keyof HostFunctionOutputs ? HostFunctionOutputs[Name] : unknown>;

/** A plugin as a TypeScript function over the messages of the contract. */
export type PluginModel = (request: Request, host: ModelHost) => Promise<Response> | Response;

export interface ModelPluginsOptions {
  readonly clock?: Timers;
  /** A rule for operation `plugin` with the plugin's name as subject makes it fail, hang or slow. */
  readonly faults?: Faults;
}

/**
 * A plugin runtime whose plugins are functions, by name: no WASM, no workers, the same bytes in and out.
 *
 * A model that throws is a guest that traps; one that hangs past its deadline is ended.
 */
export class ModelPlugins implements PluginRuntime {
  readonly #models: Readonly<Record<string, PluginModel>>;
  readonly #clock?: Timers;
  readonly #faults: Faults;
  /** How often each plugin was called, for tests. */
  readonly calls = new Map<string, number>();

  constructor(
    models: Readonly<Record<string, PluginModel>>,
    options: ModelPluginsOptions = {},
  ) {
    this.#models = models;
    this.#clock = options.clock;
    this.#faults = options.faults ?? new Faults();
  }

  async call(
    module: PluginModule,
    input: Uint8Array,
    host: HostFunction,
    limits: PluginCallLimits,
  ): Promise<Uint8Array> {
    const model = this.#models[module.name];
    if (!model) {
      fail("PLUGIN_FAILED", { what: `Cannot run plugin "${module.name}": it has no model` });
    }
    this.calls.set(module.name, (this.calls.get(module.name) ?? 0) + 1);
    const request: Request = JSON.parse(decoder.decode(input));
    const answer = this.#faults.attempt({
      operation: "plugin",
      subject: module.name,
      isEffect: false,
      perform: () => model(request, speaker(host)),
    });
    const output = encoder.encode(JSON.stringify(await this.#within(module, answer, limits)));
    if (output.length > limits.outputBytesMax) {
      fail("PLUGIN_FAILED", { what: `Cannot run plugin "${module.name}": its answer is too long` });
    }
    return output;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #within(
    { name }: PluginModule,
    answer: Promise<Response>,
    { deadlineMs }: PluginCallLimits,
  ): Promise<Response> {
    let cancel = () => {};
    const late = new Promise<"late">((resolve) => {
      if (this.#clock) cancel = this.#clock.schedule(deadlineMs, () => resolve("late"));
    });
    try {
      const first = await Promise.race([answer, late]);
      if (first !== "late") return first;
    } catch (error) {
      if (error instanceof ProblemError) throw error;
      const { why } = toProblem(error, "run");
      fail("PLUGIN_FAILED", { what: `Plugin "${name}" stopped without an answer`, why });
    } finally {
      cancel();
    }
    return fail("PLUGIN_FAILED", {
      what: `Plugin "${name}" did not answer within ${deadlineMs} ms`,
    });
  }
}

function speaker(host: HostFunction): ModelHost {
  return async (name, input) => {
    const output = await host(name, encoder.encode(JSON.stringify(input)));
    return output.length === 0 ? {} : JSON.parse(decoder.decode(output));
  };
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
