import assert from "node:assert/strict";
import { helloRef, helloRequest } from "../../../tests/support/simulated_service.ts";
import { SimulatedHost } from "../../../tests/support/simulated_host.ts";

Deno.test("takeInventory() counts what other services ask for against what the host has", async () => {
  const host = await SimulatedHost.seeded();
  Object.assign(host.options.facts, { cpus: 2 });
  const life = await host.start();
  const { useCases } = life.agent;
  const deploy = async (service: string, cpus: number) => {
    const request = helloRequest({ properties: { cpus } });
    const answer = await useCases.deploy({ ...request, ref: { ...helloRef, service } });
    return answer.problems.map(({ why }) => why);
  };
  assert.deepEqual(await host.clock.run(deploy("one", 1.5)), []);
  assert.deepEqual(await host.clock.run(deploy("two", 1)), [
    "It has 0.5 of the 1 processors wanted",
  ]);
  assert.deepEqual(await host.clock.run(deploy("three", 0.5)), []);
  assert.deepEqual(await host.clock.run(deploy("one", 1.5)), []);
  await life.stop();
});
