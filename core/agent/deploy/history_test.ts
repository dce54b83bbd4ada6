import assert from "node:assert/strict";
import { ProblemError } from "../../base/mod.ts";
import { helloGraph } from "../../../tests/support/hello_graph.ts";
import { deployHello, follow, helloRef } from "../../../tests/support/simulated_service.ts";
import { type Life, SimulatedHost, uploadOf } from "../../../tests/support/simulated_host.ts";

/** A host on which hello was deployed with each greeting in turn. */
async function hostWith(...greetings: string[]): Promise<{ host: SimulatedHost; life: Life }> {
  const host = await SimulatedHost.seeded();
  const life = await host.start();
  for (const greeting of greetings) await deployHello(host, life, { greeting });
  return { host, life };
}

function greeting({ machine }: SimulatedHost): string | undefined {
  return machine.running().find(({ argv }) => argv[0] === "web")?.env.GREETING;
}

async function rollBack(host: SimulatedHost, { agent }: Life, to?: number) {
  return await host.clock.run((async () => {
    const answer = await agent.useCases.rollback(helloRef, { to });
    return { answer, end: await follow(agent.useCases, answer.generation) };
  })());
}

function history(host: SimulatedHost, { agent }: Life) {
  return host.clock.run(agent.useCases.history(helloRef));
}

async function problemOf(host: SimulatedHost, work: Promise<unknown>) {
  const error = await host.clock.run(work.then(() => undefined, (error) => error));
  assert.ok(error instanceof ProblemError, String(error));
  return error.problem;
}

Deno.test("history() lists what was asked, what changed, and which is current", async () => {
  const { host, life } = await hostWith("hello", "good evening");
  const [first, second, ...more] = await history(host, life);
  assert.deepEqual(more, []);
  assert.deepEqual([first.generation, first.isCurrent, first.changes], [1, false, []]);
  assert.deepEqual([second.generation, second.isCurrent], [2, true]);
  assert.match(second.changes.join(), /^template [0-9a-f]{12} → [0-9a-f]{12}$/);
  assert.equal(second.template.name, "hello");
  await life.stop();
});

Deno.test("rollback() makes what was asked before a new generation", async () => {
  const { host, life } = await hostWith("hello", "good evening");
  const { answer, end } = await rollBack(host, life);
  assert.deepEqual([answer.changed, end?.kind], [true, "settled"]);
  assert.equal(greeting(host), "hello");
  const found = await history(host, life);
  assert.deepEqual(found.map((each) => [each.generation, each.isCurrent]), [
    [1, false],
    [2, false],
    [3, true],
  ]);
  assert.equal(found[2].template.digest, found[0].template.digest);
  await life.stop();
});

Deno.test("rollback() goes to the generation that is named, and has nothing to do the second time", async () => {
  const { host, life } = await hostWith("one", "two", "three");
  await rollBack(host, life, 1);
  assert.equal(greeting(host), "one");
  assert.equal((await rollBack(host, life, 1)).answer.changed, false);
  await rollBack(host, life);
  assert.equal(greeting(host), "three");
  await life.stop();
});

Deno.test("rollback() answers only the plan where that is asked", async () => {
  const { host, life } = await hostWith("hello", "good evening");
  const answer = await host.clock.run(
    life.agent.useCases.rollback(helloRef, { dryRun: true }),
  );
  assert.equal(answer.changed, false);
  assert.deepEqual(
    answer.plan!.service.changes.filter(({ change }) => change !== "unchanged").map(({ id }) => id),
    ["web-0"],
  );
  assert.ok(answer.plan!.hosts[0].steps.length > 0);
  assert.equal(greeting(host), "good evening");
  assert.equal((await history(host, life)).length, 2);
  await life.stop();
});

Deno.test("rollback() takes the plugins of then", async () => {
  const { host, life } = await hostWith("hello");
  const manifest = "name: extra\nversion: 1.0.0\ncontract: 1\n";
  const files = uploadOf({ "plugin.yaml": manifest, "plugin.wasm": "code" });
  const { useCases } = life.agent;
  await host.clock.run(useCases.register("plugin", files, { namespace: "common" }));
  await deployHello(host, life, { greeting: "good evening" });
  assert.match((await history(host, life))[1].changes.join(), /plugin extra: [0-9a-f]{12}$/);
  await rollBack(host, life);
  assert.match((await history(host, life))[2].changes.join(), /plugin extra: no longer$/);
  await life.stop();
});

Deno.test("rollback() says which generations there are not", async () => {
  const { host, life } = await hostWith("hello");
  const { useCases } = life.agent;
  for (const to of [undefined, 7]) {
    const problem = await problemOf(host, useCases.rollback(helloRef, { to }));
    assert.equal(problem.code, "AGENT_GENERATION_UNKNOWN");
    assert.match(problem.fix!, /service history hello/);
  }
  const other = { namespace: "default", service: "other" };
  assert.equal(
    (await problemOf(host, useCases.rollback(other, {}))).code,
    "AGENT_SERVICE_UNKNOWN",
  );
  await life.stop();
});

Deno.test("rollback() says so where the template of then was removed", async () => {
  const { host, life } = await hostWith();
  const { useCases } = life.agent;
  const run = <T>(work: Promise<T>) => host.clock.run(work);
  const template = uploadOf({ "service.yaml": helloGraph(), "serve.sh": "#!/bin/sh\n" });
  await run(useCases.register("template", template, { namespace: "default", name: "first" }));
  await run(useCases.deploy({ ref: helloRef, template: { name: "first" } }));
  await deployHello(host, life, { greeting: "good evening" });
  await run(useCases.removePackage("template", "first", "default"));
  const problem = await problemOf(host, useCases.rollback(helloRef, {}));
  assert.equal(problem.code, "AGENT_GENERATION_INCOMPLETE");
  assert.equal(problem.cause?.code, "STATE_PACKAGE_MISSING");
  assert.equal(greeting(host), "good evening");
  await life.stop();
});
