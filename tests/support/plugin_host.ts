/**
 * A host in memory on which the real plugins plan, and steps are really carried out.
 */
import assert from "node:assert/strict";
import { stableJson } from "../../core/base/mod.ts";
import { execute } from "../../core/agent/pass/execute.ts";
import { runStep } from "../../core/agent/pass/effects.ts";
import { PluginInvoker, type PluginRequest } from "../../core/agent/plugins/mod.ts";
import { ExtismRuntime } from "../../core/platform/extism/mod.ts";
import type { Effect, Step } from "../../core/plan/mod.ts";
import type { HostFacts, Item, ItemResponse } from "../../core/plugin/mod.ts";
import {
  type FakeCommand,
  FakeMachine,
  FakeProcesses,
  MemoryFiles,
  type Program,
  RecordingLogger,
  VirtualClock,
} from "../../core/sim/mod.ts";
import { hostFacts, request } from "./plugin_requests.ts";
import { builtPlugins } from "./plugins.ts";

export interface PluginHostOptions {
  readonly systemd?: HostFacts["systemd"];
  readonly unitsLinked?: boolean;
  readonly program?: Program;
}

export class PluginHost {
  readonly machine: FakeMachine;
  readonly facts: HostFacts;
  readonly invoker: PluginInvoker;
  readonly processes: FakeProcesses;
  /** What the ledger says, by item. */
  readonly ledger = new Map<string, Set<string>>();
  readonly clock = new VirtualClock();
  readonly #files: MemoryFiles;
  readonly #runtime: ExtismRuntime;

  private constructor(
    runtime: ExtismRuntime,
    plugins: Awaited<ReturnType<typeof builtPlugins>>,
    options: PluginHostOptions,
  ) {
    const systemd = options.systemd ?? "system";
    const unitsLinked = options.unitsLinked ?? false;
    const units = unitsLinked ? "/root/units" : hostFacts.paths.units;
    this.facts = {
      ...hostFacts,
      mode: systemd === "user" ? "user" : "system",
      systemd,
      paths: { ...hostFacts.paths, units, unitsLinked },
    };
    this.machine = new FakeMachine({
      clock: this.clock,
      systemd,
      program: options.program,
      unitDirectories: [hostFacts.paths.units],
    });
    this.processes = new FakeProcesses(this.machine, undefined, diskCommands);
    this.#files = new MemoryFiles(this.machine.disk);
    this.#runtime = runtime;
    this.invoker = new PluginInvoker(
      this.#files,
      this.processes,
      runtime,
      new RecordingLogger(),
      plugins,
    );
  }

  static async with(
    options: PluginHostOptions,
    run: (host: PluginHost) => Promise<void>,
  ): Promise<void> {
    const plugins = await builtPlugins();
    const runtime = new ExtismRuntime();
    try {
      await run(new PluginHost(runtime, plugins, options));
    } finally {
      await runtime.close();
    }
  }

  /** Calls a plugin with the ledger's say put into the items. */
  async call(
    plugin: string,
    verb: PluginRequest["verb"],
    items: readonly Item[],
    options?: PluginRequest["options"],
  ): Promise<{ items: readonly ItemResponse[]; steps: readonly Step[] }> {
    const known = items.map((each) => ({
      ...each,
      owned: [...this.ledger.get(each.id) ?? []] as Item["owned"],
    }));
    const { response, steps } = await this.invoker.call(
      { name: plugin },
      request(verb, known, { host: this.facts, ...(options && { options }) }),
    );
    return { items: response.items, steps: arrange(steps) };
  }

  /**
   * Plans twice, which must not differ nor change anything, then carries the plan out and returns its steps. What was
   * carried out must be what was planned, and nothing may be left to do.
   */
  async apply(plugin: string, verb: "reconcile" | "remove", items: readonly Item[]) {
    const before = this.machine.disk.texts();
    const lines = () => this.processes.commandLines.filter((line) => !isObserving(line));
    this.processes.commandLines.length = 0;
    const planned = await this.call(plugin, verb, items);
    const again = await this.call(plugin, verb, items);
    assert.deepEqual(again.steps, planned.steps, "the same plan is made twice");
    assert.deepEqual(this.machine.disk.texts(), before, "planning changes no file");
    assert.deepEqual(lines(), [], "planning runs no changing command");
    const executed = await this.carryOut(planned.steps);
    assert.deepEqual(
      executed.map((effect) => stableJson(effect)).sort(),
      planned.steps.map((step) => stableJson(step.do)).sort(),
      "what ran is what was planned",
    );
    assert.deepEqual(
      lines().sort(),
      planned.steps.flatMap((step) => "exec" in step.do ? [step.do.exec.argv.join(" ")] : [])
        .sort(),
      "the host ran the commands that were planned and no others",
    );
    const answers = await this.call(plugin, verb === "remove" ? "remove" : "observe", items);
    for (const { id, owned } of answers.items) this.ledger.set(id, new Set(owned));
    assert.deepEqual((await this.call(plugin, verb, items)).steps, [], "nothing is left to do");
    return { steps: planned.steps, items: answers.items };
  }

  /** Runs steps as the agent does, gates being open. */
  async carryOut(steps: readonly Step[]): Promise<Effect[]> {
    const executed: Effect[] = [];
    const ports = {
      files: this.#files,
      processes: this.processes,
      host: this.facts.id,
      readArtifact: ({ path }: { path: string }) => this.#files.readBytes(path),
    };
    const plan = {
      host: this.facts.id,
      ref: { namespace: "default", service: "shop" },
      steps,
      waits: [],
      later: [],
      problems: [],
    };
    const { problems } = await execute(
      plan,
      {
        own: (owning) => {
          for (const { item, owns } of owning) {
            this.ledger.set(item, new Set([...this.ledger.get(item) ?? [], ...owns]));
          }
          return Promise.resolve();
        },
        run: async (step, signal) => {
          executed.push(step.do);
          await runStep(step, ports, signal);
        },
        gate: () => Promise.resolve(undefined),
        report: () => {},
      },
      new AbortController().signal,
      { parallelMax: 1 },
    );
    assert.deepEqual(problems, []);
    return executed;
  }
}

/** Joins steps of one key, and puts each after what it needs. */
function arrange(steps: readonly Step[]): Step[] {
  const joined = new Map<string, Step>();
  for (const step of steps) {
    const known = joined.get(step.key);
    if (known) assert.deepEqual(step.do, known.do, `the key "${step.key}" is that of one effect`);
    joined.set(step.key, {
      ...step,
      ...known,
      needs: [...new Set([...known?.needs ?? [], ...step.needs])],
      owns: [...new Set([...known?.owns ?? [], ...step.owns])],
    });
  }
  const arranged: Step[] = [];
  const visit = (step: Step, callers: readonly string[]) => {
    assert(!callers.includes(step.key), `steps do not wait in a circle: ${callers.join(" → ")}`);
    if (arranged.includes(step)) return;
    for (const key of step.needs) {
      const needed = joined.get(key);
      assert(needed, `step "${step.key}" needs "${key}", which is a step`);
      visit(needed, [...callers, step.key]);
    }
    arranged.push(step);
  };
  for (const step of joined.values()) visit(step, []);
  return arranged;
}

function isObserving(line: string): boolean {
  return /^(systemctl (--user )?show|stat|ss) /.test(line);
}

/** Models of the commands that directories are made with. */
export const diskCommands: Readonly<Record<string, FakeCommand>> = {
  stat: (argv, machine) => {
    const types = { directory: 0x4000, file: 0x8000, symlink: 0xa000, other: 0x1000 } as const;
    const lines = argv.slice(4).flatMap((path) => {
      const info = machine.disk.stat(path);
      if (!info) return [];
      const bits = (types[info.kind] | info.mode).toString(16);
      const owner = `${info.uid}:${info.gid}`;
      return [`${bits} ${owner} ${owner === "0:0" ? "root:root" : "web:web"} ${path}\n`];
    });
    return { stdout: lines.join(""), exit: lines.length === argv.length - 4 ? 0 : 1 };
  },
  chmod: (argv, machine) => {
    machine.disk.change(argv[3], { mode: parseInt(argv[1], 8) });
    return {};
  },
  chown: (argv, machine) => {
    const id = argv[1].startsWith("web") ? 1000 : 0;
    machine.disk.change(argv[3], { uid: id, gid: id });
    return {};
  },
};
