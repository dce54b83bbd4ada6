import assert from "node:assert/strict";
import type { HostView } from "../../core/api/mod.ts";
import { defaultAddress } from "../../core/platform/world/mod.ts";
import { LocalFiles } from "../../core/platform/mod.ts";
import { testWith } from "../support/needs.ts";
import { StartedAgent } from "../support/started_agent.ts";

/** Of TEST-NET-1 (RFC 5737): no machine has it. */
const gone = "192.0.2.7";

async function withAgent(work: (agent: StartedAgent) => Promise<void>): Promise<void> {
  const agent = await StartedAgent.prepare();
  try {
    await work(agent);
  } finally {
    await agent.close();
  }
}

/** Lets the host's address be one that it has lost. */
async function loseAddress(agent: StartedAgent): Promise<void> {
  const path = `${agent.directory}/etc/agent.yaml`;
  const text = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, text.replace(/address: .*/, `address: ${gone}`));
}

testWith(
  ["route"],
  "an agent whose address is gone takes that of the default route, and tells",
  () =>
    withAgent(async (agent) => {
      const usual = await defaultAddress(new LocalFiles());
      await agent.start();
      await agent.stop();
      await loseAddress(agent);
      await agent.start();
      const [host]: HostView[] = await agent.ask("host", "list");
      assert.equal(host.address, usual);
      assert.ok(host.api!.startsWith(`${usual}:`), host.api);
      const doctor = await agent.run(["doctor"]);
      assert.match(doctor.stdout + doctor.stderr, /reached at .* now: it had 192\.0\.2\.7 before/);
    }),
);

Deno.test("an agent waits for an address that was chosen, says so, and ends when it is told to", async () => {
  await withAgent(async (agent) => {
    await agent.start("--address", "127.0.0.1");
    await agent.stop();
    await loseAddress(agent);
    const starting = agent.start().then(() => "started", () => "ended");
    for (let tries = 0; !/AGENT_ADDRESS_GONE|Cannot listen on/.test(await agent.log()); tries++) {
      assert.ok(tries < 600, "it says that it waits");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.match(await agent.log(), /Cannot listen on 192\.0\.2\.7: no interface/);
    await agent.stop();
    assert.equal(await starting, "ended");
  });
});
