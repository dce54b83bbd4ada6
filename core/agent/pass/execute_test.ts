import assert from "node:assert/strict";
import fc from "fast-check";
import { problem } from "../../base/mod.ts";
import type { HostPlan, Step, Wait } from "../../plan/mod.ts";
import { VirtualClock } from "../../sim/mod.ts";
import { execute, type Executor } from "./execute.ts";

function step(key: string, parts: Partial<Step> = {}): Step {
  return {
    key,
    item: parts.item ?? key,
    why: `do ${key}`,
    needs: [],
    owns: [],
    timeoutMs: 1_000,
    do: { exec: { argv: ["true", key] } },
    ...parts,
  };
}

function hostPlan(steps: readonly Step[], waits: readonly Wait[] = []): HostPlan {
  const ref = { namespace: "default", service: "shop" };
  return { host: "h1", ref, steps, waits, later: [], problems: [] };
}

/** An executor that records what happens, in order; steps named in `failing` fail. */
function recorder(failing: readonly string[] = [], parts: Partial<Executor> = {}) {
  const log: string[] = [];
  const executor: Executor = {
    own: (steps) => {
      log.push(`own ${steps.map(({ key }) => key).join()}`);
      return Promise.resolve();
    },
    run: (each) => {
      log.push(`run ${each.key}`);
      if (!failing.includes(each.key)) return Promise.resolve();
      return Promise.reject(new Error("broken"));
    },
    gate: () => Promise.resolve(undefined),
    report: () => {},
    ...parts,
  };
  return { log, executor };
}

const never = new AbortController().signal;

Deno.test("execute() runs a step after those that it needs", async () => {
  const { log, executor } = recorder();
  await execute(
    hostPlan([step("a"), step("b"), step("c", { needs: ["a", "b"] })]),
    executor,
    never,
  );
  assert.deepEqual(log, ["run a", "run b", "run c"]);
});

Deno.test("execute() writes the ledger before the effect", async () => {
  const { log, executor } = recorder();
  await execute(hostPlan([step("a", { owns: ["file:/x"] })]), executor, never);
  assert.deepEqual(log, ["own a", "run a"]);
});

Deno.test("execute() does not run a step that could not be written to the ledger", async () => {
  const { log, executor } = recorder([], { own: () => Promise.reject(new Error("disk full")) });
  const result = await execute(hostPlan([step("a", { owns: ["file:/x"] })]), executor, never);
  assert.deepEqual(log, []);
  assert.equal(result.outcomes.get("a")?.kind, "failed");
});

Deno.test("execute() skips what needs a failed step and runs the rest", async () => {
  const { log, executor } = recorder(["a"]);
  const plan = hostPlan([
    step("a"),
    step("b", { needs: ["a"] }),
    step("c", { needs: ["b"] }),
    step("d"),
  ]);
  const result = await execute(plan, executor, never);
  assert.deepEqual(log, ["run a", "run d"]);
  assert.deepEqual([...result.outcomes].map(([key, each]) => `${key} ${each.kind}`), [
    "a failed",
    "b skipped",
    "c skipped",
    "d done",
  ]);
  assert.equal(result.problems.length, 1);
});

Deno.test("execute() opens a gate once the awaited items' steps are done and they are ready", async () => {
  const { log, executor } = recorder([], {
    gate: (gate, items) => {
      log.push(`gate ${gate} ${items.join()}`);
      return Promise.resolve(undefined);
    },
  });
  const plan = hostPlan(
    [
      step("start server", { item: "server-0" }),
      step("start client", {
        item: "client-0",
        gate: "start",
      }),
    ],
    [{ item: "client-0", gate: "start", for: ["server-0"] }],
  );
  await execute(plan, executor, never);
  assert.deepEqual(log, ["run start server", "gate start server-0", "run start client"]);
});

Deno.test("execute() skips a gated step when what it waits for will not be ready", async () => {
  const why = problem("AGENT_NOT_READY", { what: `Instance "server-0" is not ready` });
  const { log, executor } = recorder([], { gate: () => Promise.resolve(why) });
  const plan = hostPlan(
    [step("start client", { item: "client-0", gate: "start" })],
    [{ item: "client-0", gate: "start", for: ["server-0"] }],
  );
  const outcome = (await execute(plan, executor, never)).outcomes.get("start client")!;
  assert.deepEqual(log, []);
  assert.equal(outcome.kind === "skipped" && outcome.problem.cause?.code, "AGENT_NOT_READY");
});

Deno.test("execute() keeps to its bound of steps at the same time", async () => {
  let [running, most] = [0, 0];
  const { executor } = recorder([], {
    run: async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running--;
    },
  });
  const steps = Array.from({ length: 10 }, (_, index) => step(`s${index}`));
  await execute(hostPlan(steps), executor, never, { parallelMax: 3 });
  assert.equal(most, 3);
});

Deno.test("execute() begins nothing once it is told to leave off", async () => {
  const controller = new AbortController();
  const { log, executor } = recorder([], {
    run: (each) => {
      log.push(`run ${each.key}`);
      controller.abort();
      return Promise.resolve();
    },
  });
  const plan = hostPlan([step("a"), step("b", { needs: ["a"] })]);
  const result = await execute(plan, executor, controller.signal);
  assert.deepEqual(log, ["run a"]);
  assert.equal(result.outcomes.get("b")?.kind, "skipped");
});

/** An executor for steps that can be one command, which fails where any of them is in `failing`. */
function joining(failing: readonly string[] = []) {
  const clock = new VirtualClock();
  const { log, executor } = recorder(failing);
  const run = (steps: readonly Step[]) => {
    log.push(`run ${steps.map(({ key }) => key).join(" + ")}`);
    const isBroken = steps.some(({ key }) => failing.includes(key));
    return isBroken ? Promise.reject(new Error("one of them is broken")) : Promise.resolve();
  };
  return { log, clock, executor: { ...executor, together: { clock, run } } };
}

function starting(name: string, parts: Partial<Step> = {}): Step {
  const exec = { argv: ["systemctl", "start", name], joinable: true };
  return step(name, { do: { exec }, ...parts });
}

Deno.test("execute() writes what is ready together to the ledger at once", async () => {
  const { log, executor } = recorder();
  const owns = ["file:/x"] as const;
  await execute(
    hostPlan([step("a", { owns }), step("b", { owns }), step("c", { owns, needs: ["a"] })]),
    executor,
    never,
  );
  assert.deepEqual(log, ["own a,b", "run a", "run b", "own c", "run c"]);
});

Deno.test("execute() gives commands that differ in their last word together, once what they need is done", async () => {
  const { log, clock, executor } = joining();
  const needs = ["reload"];
  const steps = [step("reload"), ...["a", "b", "c"].map((name) => starting(name, { needs }))];
  const { problems } = await clock.run(execute(hostPlan(steps), executor, never));
  assert.deepEqual(log, ["run reload", "run a + b + c"]);
  assert.deepEqual(problems, []);
});

Deno.test("execute() gives each command by itself where all together fail", async () => {
  const { log, clock, executor } = joining(["b"]);
  const steps = [starting("a"), starting("b"), starting("c"), step("after b", { needs: ["b"] })];
  const { outcomes } = await clock.run(execute(hostPlan(steps), executor, never));
  assert.deepEqual(log, ["run a + b + c", "run a", "run b", "run c"]);
  assert.deepEqual([...outcomes].map(([key, { kind }]) => `${key} ${kind}`), [
    "a done",
    "b failed",
    "c done",
    "after b skipped",
  ]);
});

Deno.test("execute() lets a command wait a moment for one that is on its way, and no longer", async () => {
  const { log, clock, executor } = joining();
  const run = async (each: Step) => {
    if (each.key.startsWith("sleep ")) await clock.sleep(Number(each.key.slice(6)));
    log.push(`run ${each.key}`);
  };
  const steps = [
    step("sleep 30"),
    step("sleep 60"),
    step("sleep 5000"),
    starting("a", { needs: ["sleep 30"] }),
    starting("b", { needs: ["sleep 60"] }),
    starting("c", { needs: ["sleep 5000"] }),
  ];
  await clock.run(execute(hostPlan(steps), { ...executor, run }, never));
  assert.deepEqual(log, ["run sleep 30", "run sleep 60", "run a + b", "run sleep 5000", "run c"]);
});

Deno.test("execute() does not let a command wait for one whose gate is closed", async () => {
  const { log, clock, executor } = joining();
  const opened = Promise.withResolvers<undefined>();
  const plan = hostPlan(
    [step("server"), starting("a"), starting("b", { gate: "start" })],
    [{ item: "b", gate: "start", for: ["server"] }],
  );
  const executing = execute(plan, { ...executor, gate: () => opened.promise }, never);
  await clock.run(Promise.resolve());
  assert.deepEqual(log, ["run server", "run a"]);
  opened.resolve(undefined);
  await clock.run(executing);
  assert.deepEqual(log.slice(2), ["run b"]);
});

Deno.test("execute() fails all of a command that is ended because it is no longer wanted", async () => {
  const controller = new AbortController();
  const { clock, executor } = joining();
  const run = () => {
    controller.abort();
    return Promise.reject(new Error("ended"));
  };
  const { outcomes } = await clock.run(execute(
    hostPlan([starting("a"), starting("b")]),
    { ...executor, together: { clock, run } },
    controller.signal,
  ));
  assert.deepEqual([...outcomes.values()].map(({ kind }) => kind), ["failed", "failed"]);
});

Deno.test("execute() carries out what it would alone, in whatever company", async () => {
  const drawn = fc.array(
    fc.record({ needs: fc.array(fc.nat(30), { maxLength: 3 }), command: fc.nat(2) }),
    { maxLength: 30 },
  );
  await fc.assert(
    fc.asyncProperty(drawn, fc.subarray(["s3", "s7", "s9", "s12"]), async (shapes, failing) => {
      const steps = shapes.map(({ needs, command }, index) =>
        step(`s${index}`, {
          needs: needs.filter((need) => need < index).map((need) => `s${need}`),
          owns: [`file:/${index}`],
          do: { exec: { argv: [`command ${command}`, `${index}`], joinable: command > 0 } },
        })
      );
      const alone = await execute(hostPlan(steps), recorder(failing).executor, never);
      const { clock, executor } = joining(failing);
      const company = await clock.run(execute(hostPlan(steps), executor, never));
      const kinds = (result: typeof alone) =>
        [...result.outcomes].map(([key, { kind }]) => `${key} ${kind}`);
      assert.deepEqual(kinds(company), kinds(alone));
    }),
  );
});
