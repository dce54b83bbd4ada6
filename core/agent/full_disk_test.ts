import assert from "node:assert/strict";
import { deployHello } from "../../tests/support/simulated_service.ts";
import { SimulatedHost } from "../../tests/support/simulated_host.ts";

Deno.test("deploy() tells that the host's own disk is full, and goes on by itself when there is room", async () => {
  const host = await SimulatedHost.seeded({});
  const failuresMax = 12;
  const life = await host.start({
    rules: [{
      operations: ["append", "writeNew", "makeDirectory"],
      subject: /\/own\/ledger\//,
      times: failuresMax,
      fault: { fail: "ENOSPC" },
    }],
  });
  const { end } = await deployHello(host, life);
  assert.equal(end?.kind, "failed", JSON.stringify(end));
  assert.match(end!.problem!.what, /^Cannot keep the ledger/);
  const { useCases } = life.agent;
  const why = await host.clock.run(useCases.why("hello", "default"));
  assert.match(why.lines.join("\n"), /-0 is failed: Cannot keep the ledger.*no room left/);
  await host.clock.advance(10 * 60_000);
  const [{ phase }] = await host.clock.run(useCases.services());
  assert.equal(phase, "ready");
  await life.stop();
});
