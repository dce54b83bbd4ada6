import assert from "node:assert/strict";
import { type PluginCallOptions, PluginInvoker } from "../../core/agent/plugins/mod.ts";
import { type JsonObject, type ProblemCode, ProblemError } from "../../core/base/mod.ts";
import { ExtismRuntime } from "../../core/platform/extism/mod.ts";
import type { Verb } from "../../core/plugin/mod.ts";
import {
  FakeMachine,
  FakeProcesses,
  MemoryFiles,
  RecordingLogger,
  VirtualClock,
} from "../../core/sim/mod.ts";
import { item, request } from "../support/plugin_requests.ts";
import { compileGuest, loadedPlugin, MemoryPlugins } from "../support/plugins.ts";
import { name, parts, section, wasmModule } from "../support/wasm_builder.ts";

const guestText = (file: string) =>
  Deno.readTextFile(new URL(`guests/${file}.as.txt`, import.meta.url));
const [hostileWasm, rawWasm] = [
  await compileGuest(await guestText("hostile")),
  await compileGuest(await guestText("raw")),
];

const home = "/var/lib/khutulun/data";

const reach = {
  commands: [
    { observe: ["true"] },
    { observe: ["cat", "/[a-z]+\\.txt/"] },
    { change: ["touch", "*"] },
  ],
  reads: [`{data}/{name}/**`],
  writes: [`{data}/{name}/*`],
  calls: ["hostile", "other", "p2", "p3", "p4", "p5"],
};

async function plugins(): Promise<MemoryPlugins> {
  const small = { ...reach, limits: { deadline: "2 s", memory: "8 MiB" } };
  const wide = { ...reach, limits: { deadline: "20 s", memory: "256 MiB" } };
  return new MemoryPlugins(
    await Promise.all([
      loadedPlugin({ name: "hostile", ...small }, hostileWasm),
      ...["other", "p2", "p3", "p4", "p5"].map((each) =>
        loadedPlugin({ name: each, ...wide }, hostileWasm)
      ),
      loadedPlugin({ name: "raw", ...wide }, rawWasm),
    ]),
  );
}

interface World {
  readonly invoker: PluginInvoker;
  readonly machine: FakeMachine;
  readonly runtime: ExtismRuntime;
}

async function inWorld(run: (world: World) => Promise<void>): Promise<void> {
  const machine = new FakeMachine({ clock: new VirtualClock() });
  machine.disk.makeDirectory(`${home}/khutulun.shop.web-0`, 0o755, true);
  const runtime = new ExtismRuntime();
  const invoker = new PluginInvoker(
    new MemoryFiles(machine.disk),
    new FakeProcesses(machine),
    runtime,
    new RecordingLogger(),
    await plugins(),
  );
  try {
    await run({ invoker, machine, runtime });
  } finally {
    await runtime.close();
  }
}

interface Attack {
  readonly options?: JsonObject;
  readonly plugin?: string;
  readonly verb?: Verb;
  readonly call?: PluginCallOptions;
}

/** Calls a plugin that must fail with this code; the problem must name plugin, item and this cause. */
async function refuses(
  { invoker }: World,
  attack: Attack,
  code: ProblemCode,
  why: RegExp,
): Promise<void> {
  const { plugin = "hostile", verb = "reconcile", options = {} } = attack;
  const found = await invoker.call(
    { name: plugin },
    request(verb, [item({ id: "web-0" })], { options }),
    attack.call,
  ).then(() => undefined, (error: unknown) => error);
  assert(found instanceof ProblemError, `a problem is thrown, found ${found}`);
  const { problem } = found;
  assert.equal(problem.code, code, JSON.stringify(problem));
  assert.match(problem.why ?? "", why);
  assert.match(problem.what, /"web-0"/);
  assert.match(problem.where?.subject ?? "", /^plugin \w+$/);
  assert.equal(problem.where?.host, "h1");
  await behaves(invoker);
}

/** The runtime is as usable as before. */
async function behaves(invoker: PluginInvoker): Promise<void> {
  const asked = request("observe", [item({ id: "web-0" })], { options: { do: "behave" } });
  const { response } = await invoker.call({ name: "other" }, asked);
  assert.deepEqual(response.items, [{ id: "web-0", phase: "ready" }]);
}

const attacks: readonly [string, Attack, ProblemCode, RegExp][] = [
  ["spins", { options: { do: "spin" } }, "PLUGIN_DEADLINE", /used up its 2000 ms/],
  [
    "answers after its deadline",
    { options: { do: "spin for", ms: 3000 } },
    "PLUGIN_DEADLINE",
    /used up its 2000 ms/,
  ],
  ["calls itself without end", { options: { do: "recurse" } }, "PLUGIN_LIMIT", /stack is full/],
  ["takes all memory", { options: { do: "memory" } }, "PLUGIN_LIMIT", /of at most 8388608 bytes/],
  [
    "takes all memory of the kernel",
    { options: { do: "kernel memory" } },
    "PLUGIN_LIMIT",
    /of at most 8388608 bytes/,
  ],
  [
    "answers too much",
    { plugin: "raw", options: { text: "0123456789abcdef", times: (1 << 20) + 1 } },
    "PLUGIN_LIMIT",
    /answer has 16777232 bytes, the limit is 16777216/,
  ],
  ["traps", { options: { do: "trap" } }, "PLUGIN_FAILED", /trapped \(unreachable\)/],
  ["divides by zero", { options: { do: "divide" } }, "PLUGIN_FAILED", /divide by zero/],
  ["asserts", { options: { do: "assert" } }, "PLUGIN_PANIC", /the moon is full .*plugin\.ts:\d+/],
  ["reads beyond a list", { options: { do: "index" } }, "PLUGIN_PANIC", /Index out of range/],
  [
    "answers no JSON",
    { plugin: "raw", options: { text: "{not json" } },
    "PLUGIN_ANSWER",
    /JSON/,
  ],
  ["answers nothing", { plugin: "raw" }, "PLUGIN_ANSWER", /empty/],
  [
    "answers another form",
    { plugin: "raw", options: { text: `{"items":[{"id":7}]}` } },
    "PLUGIN_ANSWER",
    /items\[0\]\.id: must be a text, found the number 7/,
  ],
  [
    "answers for what it was not asked",
    { options: { do: "speak of another" } },
    "PLUGIN_ANSWER",
    /"bank-0" was not asked about/,
  ],
  ["leaves an item out", { options: { do: "say nothing" } }, "PLUGIN_ANSWER", /for "web-0"/],
  ["invents a phase", { options: { do: "bad phase" } }, "PLUGIN_ANSWER", /must be one of pending/],
  [
    "attaches to an undeclared command",
    { options: { do: "attach" } },
    "PLUGIN_PERMISSION",
    /no command to attach to that "sh"/,
  ],
  [
    "runs an undeclared command",
    { options: { do: "run", argv: ["rm", "-rf", "/"] } },
    "PLUGIN_PERMISSION",
    /no command that "rm -rf \/" matches/,
  ],
  [
    "breaks an argument's pattern",
    { options: { do: "run", argv: ["cat", "../../etc/shadow"] } },
    "PLUGIN_PERMISSION",
    /no command that "cat \.\.\/\.\.\/etc\/shadow" matches/,
  ],
  [
    "adds an argument",
    { options: { do: "run", argv: ["true", "; rm"] } },
    "PLUGIN_PERMISSION",
    /no command/,
  ],
  [
    "changes without a step",
    { options: { do: "run", argv: ["touch", "/x"] } },
    "PLUGIN_HOST_CALL",
    /needs a step/,
  ],
  [
    "makes a step of an observing command",
    { options: { do: "change by observing" } },
    "PLUGIN_HOST_CALL",
    /only observes cannot be a step/,
  ],
  [
    "reads an undeclared path",
    { options: { do: "read", path: "/etc/shadow" } },
    "PLUGIN_PERMISSION",
    /does not let it read "\/etc\/shadow"/,
  ],
  [
    "climbs out of its directory",
    { options: { do: "read", path: `${home}/khutulun.shop.web-0/../../../../../etc/shadow` } },
    "PLUGIN_PERMISSION",
    /does not let it read/,
  ],
  [
    "reads another instance's file",
    { options: { do: "read", path: `${home}/khutulun.shop.bank-0/key` } },
    "PLUGIN_PERMISSION",
    /does not let it read/,
  ],
  [
    "follows a symbolic link",
    { options: { do: "read", path: `${home}/khutulun.shop.web-0/link/shadow` } },
    "PLUGIN_PERMISSION",
    /web-0\/link" is a symbolic link/,
  ],
  [
    "writes an undeclared path",
    { options: { do: "write", path: "/etc/passwd" } },
    "PLUGIN_PERMISSION",
    /does not let it write "\/etc\/passwd"/,
  ],
  [
    "writes an artifact that it was not given",
    { options: { do: "artifact", path: `${home}/khutulun.shop.web-0/x` } },
    "PLUGIN_PERMISSION",
    /"\/etc\/shadow" is no artifact/,
  ],
  [
    "owns nonsense",
    { options: { do: "own nonsense", path: `${home}/khutulun.shop.web-0/x` } },
    "PLUGIN_HOST_CALL",
    /owns\[0\]: must be KIND:NAME/,
  ],
  [
    "spawns an undeclared process",
    { options: { do: "spawn", path: `${home}/khutulun.shop.web-0/x` } },
    "PLUGIN_PERMISSION",
    /no process to spawn/,
  ],
  [
    "observes after a change",
    { options: { do: "change then observe", path: `${home}/khutulun.shop.web-0/x` } },
    "PLUGIN_OBSERVE_AFTER_CHANGE",
    /observes the command "true" after it appended the step "w"/,
  ],
  [
    "appends a step for another's item",
    { options: { do: "foreign step", path: `${home}/khutulun.shop.web-0/x` } },
    "PLUGIN_HOST_CALL",
    /for "bank-0", which it was not asked about/,
  ],
  [
    "changes something while it observes",
    { verb: "observe", options: { do: "write", path: `${home}/khutulun.shop.web-0/x` } },
    "PLUGIN_HOST_CALL",
    /"observe" must change nothing/,
  ],
  [
    "calls an undeclared plugin",
    { options: { do: "call", plugin: "raw" } },
    "PLUGIN_PERMISSION",
    /does not let it call plugin "raw"/,
  ],
  [
    "calls in a circle",
    { options: { do: "call", plugin: "other", then: { do: "call", plugin: "hostile" } } },
    "PLUGIN_CYCLE",
    /"hostile" → "other" → "hostile"/,
  ],
  [
    "calls for another's item",
    { options: { do: "call for another" } },
    "PLUGIN_HOST_CALL",
    /"bank-0" is none of the items/,
  ],
];

Deno.test("a hostile plugin is refused or stopped, with a problem that says why", async (context) => {
  await inWorld(async (world) => {
    world.machine.disk.symlink("/etc", `${home}/khutulun.shop.web-0/link`);
    const before = world.machine.disk.texts();
    for (const [doing, attack, code, why] of attacks) {
      await context.step(`one that ${doing}`, () => refuses(world, attack, code, why));
    }
    assert.deepEqual(world.machine.disk.texts(), before, "nothing on the host was changed");
  });
});

Deno.test("a chain of plugins that call plugins is cut", async () => {
  await inWorld(async (world) => {
    const chain = ["p2", "p3", "p4", "p5"].reduceRight<JsonObject>(
      (then, plugin) => ({ do: "call", plugin, then }),
      { do: "behave" },
    );
    await refuses(world, { options: chain }, "PLUGIN_DEPTH", /At most 4 plugins .*"p4" → "p5"/);
  });
});

Deno.test("a plugin that uses WASI finds no file and no environment", async () => {
  await inWorld(async ({ invoker }) => {
    const asked = request("observe", [item({ id: "web-0" })], { options: { do: "open files" } });
    const { response } = await invoker.call({ name: "other" }, asked);
    const [errno, variables] = response.items[0].data as string[];
    assert.deepEqual([errno, variables], ["8", "0"]);
  });
});

Deno.test("a plugin on the thread of one that is stopped fails clearly, and works the next time", async () => {
  const runtime = new ExtismRuntime({ threadsMax: 1 });
  const machine = new FakeMachine({ clock: new VirtualClock() });
  let answer = () => {};
  const answered = new Promise<void>((resolve) => answer = resolve);
  const processes = new FakeProcesses(machine);
  processes.run = async () => {
    await answered;
    return { exit: 0, stdout: "", stderr: "", truncated: false };
  };
  const files = new MemoryFiles(machine.disk);
  const logger = new RecordingLogger();
  const invoker = new PluginInvoker(files, processes, runtime, logger, await plugins());
  const call = (name: string, options: JsonObject) =>
    invoker.call({ name }, request("observe", [item({ id: "web-0" })], { options }));
  try {
    const victim = assert.rejects(
      call("other", { do: "run", argv: ["true"] }),
      ({ problem }: ProblemError) =>
        problem.code === "PLUGIN_WORKER" && problem.why!.includes('Plugin "hostile" had to be'),
    );
    await assert.rejects(call("hostile", { do: "spin" }), /PLUGIN_DEADLINE/);
    await victim;
    answer();
    await call("other", { do: "run", argv: ["true"] });
    assert.equal(runtime.threads, 1);
  } finally {
    await runtime.close();
  }
});

const codeAttacks: readonly [string, Uint8Array, RegExp][] = [
  ["is no WebAssembly", new TextEncoder().encode("#!/bin/sh"), /does not begin/],
  ["is cut short", hostileWasm.slice(0, 1000), /not a WebAssembly binary/],
  [
    "imports what is not offered",
    wasmModule(
      parts.types,
      section(2, 1, ...name("extism:host/env"), ...name("http_request"), 0, 0),
      parts.functions,
      parts.exports,
      parts.code,
    ),
    /"http_request" of "extism:host\/env", which is not offered/,
  ],
  [
    "shares its memory",
    wasmModule(parts.types, parts.functions, section(5, 1, 3, 1, 2), parts.exports, parts.code),
    /memory is shared/,
  ],
  [
    "wants too much memory at once",
    wasmModule(
      parts.types,
      parts.functions,
      section(5, 1, 0, 0x80, 0x80, 1),
      parts.exports,
      parts.code,
    ),
    /1073741824 bytes of memory at once/,
  ],
  [
    "spends the garbage-collected heap",
    wasmModule(
      section(1, 2, 0x60, 0, 1, 0x7f, 0x5e, 0x7f, 1),
      parts.functions,
      parts.exports,
      parts.code,
    ),
    /garbage-collected heap/,
  ],
  ["does not compile", wasmModule(parts.types, parts.functions, parts.exports), /compiled/],
];

Deno.test("a plugin whose code may not be run is refused before it is run", async (context) => {
  const runtime = new ExtismRuntime();
  const machine = new FakeMachine({ clock: new VirtualClock() });
  const call = async (wasm: Uint8Array, digest?: string) => {
    const plugin = await loadedPlugin({ name: "bad" }, wasm);
    const module = { ...plugin.module, digest: digest ?? plugin.module.digest };
    const source = new MemoryPlugins([{ ...plugin, module }]);
    const [files, processes] = [new MemoryFiles(machine.disk), new FakeProcesses(machine)];
    const invoker = new PluginInvoker(files, processes, runtime, new RecordingLogger(), source);
    await invoker.call({ name: "bad" }, request("observe", [item({ id: "web-0" })]));
  };
  const check = (code: ProblemCode, why: RegExp) => ({ problem }: ProblemError) => {
    assert.equal(problem.code, code);
    assert.match(problem.why!, why);
    assert.match(problem.what, /^Plugin "bad" cannot observe "web-0"/);
    return true;
  };
  try {
    for (const [doing, wasm, why] of codeAttacks) {
      await context.step(
        `one that ${doing}`,
        () => assert.rejects(call(wasm), check("PLUGIN_MODULE", why)),
      );
    }
    await context.step(
      "one that is not the code that was pinned",
      () => assert.rejects(call(rawWasm, "sha256:00"), check("PLUGIN_DIGEST", /wanted sha256:00/)),
    );
  } finally {
    await runtime.close();
  }
});

Deno.test("a plugin for another contract is refused", async () => {
  await assert.rejects(
    loadedPlugin({ name: "future", contract: 2 }, rawWasm),
    /PLUGIN_CONTRACT: Cannot use plugin "future"/,
  );
});

Deno.test("ExtismRuntime gives the processor back after it has stopped a spinning guest", async () => {
  const script = new URL("spin_probe.ts", import.meta.url).pathname;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script],
    stdin: "null",
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  const { spinningTicks, idleTicks } = JSON.parse(text);
  assert(spinningTicks > 3 * Math.max(idleTicks, 1), text);
});
