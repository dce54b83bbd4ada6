import assert from "node:assert/strict";
import { ProblemError } from "../../base/mod.ts";
import { SimulatedHost } from "../../../tests/support/simulated_host.ts";
import { deployHello, helloRequest } from "../../../tests/support/simulated_service.ts";

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(() => undefined, (error) => error);
  return error instanceof ProblemError ? error.problem.code : String(error);
}

const stateAway = { subject: /^\/state/, fault: { fail: "ETIMEDOUT" } } as const;

Deno.test("an isolated host keeps what runs, starts nothing, says so, and recovers by itself", async () => {
  const host = await SimulatedHost.seeded();
  const life = await host.start();
  await deployHello(host, life);
  const [web, client] = host.machine.running();
  const lift = life.faults.add(stateAway);
  await host.clock.advance(5_000);
  const status = await host.clock.run(life.agent.useCases.status());
  assert.equal(status.isolated?.code, "AGENT_ISOLATED");
  const { useCases } = life.agent;
  assert.equal(await codeOf(host.clock.run(useCases.deploy(helloRequest()))), "AGENT_ISOLATED");
  assert.equal(await codeOf(host.clock.run(useCases.services())), "AGENT_ISOLATED");
  const findings = await host.clock.run(useCases.doctor());
  assert(findings.some(({ check, status }) => check === "state" && status === "failed"));

  host.machine.exit(web);
  await host.clock.advance(120_000);
  assert.deepEqual(host.machine.running(), [client], "nothing is started");

  lift();
  await host.clock.advance(10_000);
  assert.equal((await host.clock.run(useCases.status())).isolated, undefined);
  assert.deepEqual(host.machine.running().map(({ argv }) => argv[0]).sort(), ["client", "web"]);
  await life.stop();
});

Deno.test("an agent that comes back to a state that is away refuses to start, and harms nothing", async () => {
  const host = await SimulatedHost.seeded();
  const first = await host.start();
  await deployHello(host, first);
  await first.stop();
  const running = host.machine.running();
  const started = host.start({ rules: [stateAway] });
  assert.equal(await codeOf(started), "STATE_UNREACHABLE");
  assert.deepEqual(host.machine.running(), running);
});
