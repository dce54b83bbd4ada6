import assert from "node:assert/strict";
import { SimulatedHost } from "../../../tests/support/simulated_host.ts";
import { deployHello } from "../../../tests/support/simulated_service.ts";

Deno.test("run() checks health as often as is said, however many passes came while a check was under way", async () => {
  const host = await SimulatedHost.seeded();
  let [asked, takesMs] = [0, 0];
  const answer = async () => {
    asked++;
    if (takesMs > 0) await host.clock.sleep(takesMs);
    return { ok: true, detail: "slowly" };
  };
  host.surroundings = { probes: { tcp: answer, http: answer } };
  const life = await host.start();
  const policies = [{
    name: "well",
    types: ["org.khutulun:1.0::HealthCheck"],
    properties: { url: "http://10.0.0.1/", interval: "4 s", timeout: "40 s" },
    targets: ["web"],
  }];
  for (let round = 0; round < 6; round++) {
    takesMs = 0;
    await deployHello(host, life, { policies, greeting: `hello ${round}` });
    takesMs = 30_000;
    const before = asked;
    // Until a check is under way that no pass has asked for.
    for (let ms = 0; asked === before && ms < 60_000; ms += 100) await host.clock.advance(100);
    assert(asked > before, "health is checked between passes");
  }
  takesMs = 0;
  await host.clock.advance(30_000);
  asked = 0;
  await host.clock.advance(60_000);
  assert(asked <= 20, `one check in 4 s: ${asked} in a minute`);
  await life.stop();
});
