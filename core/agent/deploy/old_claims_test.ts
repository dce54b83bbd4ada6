import assert from "node:assert/strict";
import { type Life, SimulatedHost } from "../../../tests/support/simulated_host.ts";
import { deployHello } from "../../../tests/support/simulated_service.ts";

function claims(host: SimulatedHost): string[] {
  return Object.keys(host.files()).filter((path) =>
    path.startsWith("/state/hosts/alpha/claims/tcp/") && !path.includes("/.")
  ).map((path) => path.slice(path.lastIndexOf("/") + 1));
}

async function deploy(host: SimulatedHost, life: Life, port: number): Promise<void> {
  const { answer, end } = await deployHello(host, life, { port: { port } });
  assert.deepEqual(answer.problems, []);
  assert.equal(end?.kind, "settled");
}

Deno.test("freeOldClaims() frees a port as soon as the instance that has another one is ready", async () => {
  const host = await SimulatedHost.seeded();
  const life = await host.start();
  await deploy(host, life, 9001);
  assert.deepEqual(claims(host), ["9001"]);
  await deploy(host, life, 9002);
  assert.deepEqual(claims(host), ["9002"]);
  await deploy(host, life, 9001);
  assert.deepEqual(claims(host), ["9001"]);
  await life.stop();
});

Deno.test("freeOldClaims() keeps a port while the instance that has another one is not ready", async () => {
  const host = await SimulatedHost.seeded({
    program: (_argv, env) => env.PORT === "9002" ? { exitsAfterMs: 10, exitCode: 3 } : {},
  });
  const life = await host.start();
  await deploy(host, life, 9001);
  const { end } = await deployHello(host, life, { port: { port: 9002 } });
  assert.equal(end?.kind, "failed");
  assert.deepEqual(claims(host), ["9001", "9002"]);
  await life.stop();
});
