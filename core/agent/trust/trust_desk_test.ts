import assert from "node:assert/strict";
import type { ProblemError } from "../../base/mod.ts";
import { SimulatedHost } from "../../../tests/support/simulated_host.ts";

Deno.test("an agent without a certificate says to start it again, which mends or tells what does", async () => {
  const host = await SimulatedHost.seeded();
  const { agent, stop } = await host.start();
  const options = { ttlMs: 1_000, isSingleUse: true };
  const ask = () => void agent.useCases.trust.createToken(options, "admin:root");
  assert.throws(ask, (error) => {
    const { code, fix } = (error as ProblemError).problem;
    assert.equal(code, "TRUST_MATERIAL_MISSING");
    assert.match(fix!, /^Start the agent again/);
    return !/leave/i.test(fix!); // of a host that has left nothing can be mended
  });
  await stop();
});
