import assert from "node:assert/strict";
import { helloRef, helloRequest } from "../../tests/support/simulated_service.ts";
import { SimulatedHost } from "../../tests/support/simulated_host.ts";
import { parseListeners } from "./inventory.ts";

Deno.test("parseListeners() reads what ss prints, each socket once", () => {
  const text = [
    `udp   UNCONN 0 0      127.0.0.53%lo:53   0.0.0.0:* users:(("resolved",pid=7,fd=12))`,
    `tcp   LISTEN 0 128          0.0.0.0:8080 0.0.0.0:* users:(("nginx",pid=812,fd=6),("nginx",pid=813,fd=6))`,
    `tcp   LISTEN 0 128             [::]:8080    [::]:*`,
    `LISTEN 0 128 0.0.0.0:22 0.0.0.0:*`,
    "",
  ].join("\n");
  assert.deepEqual(parseListeners(text), [
    { key: "udp/53", holder: "resolved (pid 7)" },
    { key: "tcp/8080", holder: "nginx (pid 812)" },
    { key: "tcp/22", holder: "a process of another user" },
  ]);
});

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
