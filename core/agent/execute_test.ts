import assert from "node:assert/strict";
import { problem } from "../base/mod.ts";
import type { HostPlan, Step, Wait } from "../plan/mod.ts";
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
    own: (each) => {
      log.push(`own ${each.key}`);
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
