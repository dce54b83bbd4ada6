import assert from "node:assert/strict";
import type { Step } from "../plan/mod.ts";
import { deleteHello, deployHello, helloRequest } from "../../tests/support/simulated_service.ts";
import type { HelloOptions } from "../../tests/support/hello_graph.ts";
import { type Life, SimulatedHost } from "../../tests/support/simulated_host.ts";

/** What a step does to the host, as one line. */
function deedOf({ do: effect }: Step): string {
  if ("exec" in effect) return `run ${effect.exec.argv.join(" ")}`;
  if ("write" in effect) return `write ${effect.write.path}`;
  if ("spawn" in effect) return `spawn ${effect.spawn.argv.join(" ")}`;
  if ("end" in effect) return `end ${effect.end.pidPath}`;
  return `remove ${effect.remove.path}`;
}

/** Returns what the agent did to the host outside its own bookkeeping, in the terms of `deedOf`. */
function deedsOf(effects: readonly string[], planned: readonly string[]): string[] {
  return effects.flatMap((line) => {
    const [operation, ...rest] = line.split(" ");
    const last = rest.at(-1) ?? "";
    if (/^\/(state|own\/(ledger|placements|agent))/.test(last)) return [];
    if (operation === "run") return [`run ${rest.join(" ")}`];
    if (operation === "spawnDetached") return [`spawn ${rest.join(" ")}`];
    if (operation === "rename") return [`write ${last}`];
    const isRemoval = operation === "remove" || operation === "removeDirectory";
    if (isRemoval && planned.includes(`remove ${last}`)) return [`remove ${last}`];
    if (operation === "remove" && planned.includes(`end ${last}`)) return [`end ${last}`];
    return [];
  });
}

/** Plans, does, and compares: what is done is what was printed, and a plan alone does nothing. */
async function check(host: SimulatedHost, life: Life, options: HelloOptions): Promise<string[]> {
  const { useCases } = life.agent;
  const before = life.faults.effects.length;
  const plan = await host.clock.run(useCases.plan(helloRequest(options)));
  const onHost = life.faults.effects.slice(before).filter((line) => !line.includes("/state/"));
  assert.deepEqual(onHost, [], "a plan changes nothing");
  const planned = plan.hosts.flatMap(({ steps }) => steps.map(deedOf));
  const from = life.faults.effects.length;
  const { answer } = await deployHello(host, life, options);
  const applied = answer.plan!.hosts.flatMap(({ steps }) => steps);
  assert.deepEqual(applied, plan.hosts.flatMap(({ steps }) => steps));
  const done = deedsOf(life.faults.effects.slice(from), planned);
  assert.deepEqual([...done].sort(), [...planned].sort());
  return planned;
}

Deno.test("plan() prints exactly what deploy() and delete() do", async () => {
  const host = await SimulatedHost.seeded({ program: () => ({ output: "started\n" }) });
  const life = await host.start();
  assert.equal((await check(host, life, {})).length, 4);
  assert.deepEqual(await check(host, life, {}), []);
  assert.deepEqual(await check(host, life, { greeting: "good evening" }), [
    "write /own/data/khutulun.hello.web-0/serve.sh",
    "spawn web /own/data/khutulun.hello.web-0/serve.sh",
  ]);
  assert.equal((await check(host, life, { port: { port: 20009 } })).length, 3);
  assert.equal((await check(host, life, { isAlone: true, port: { port: 20009 } })).length, 2);

  const from = life.faults.effects.length;
  const { answer } = await deleteHello(host, life);
  const planned = answer.plan!.hosts.flatMap(({ steps }) => steps.map(deedOf));
  assert.deepEqual(deedsOf(life.faults.effects.slice(from), planned).sort(), planned.sort());
  await life.stop();
});
