import assert from "node:assert/strict";
import type { JsonObject } from "../base/mod.ts";
import {
  deployAndFollow,
  deployHello,
  follow,
  helloRef,
} from "../../tests/support/simulated_service.ts";
import { SimulatedCluster } from "../../tests/support/simulated_cluster.ts";
import { SimulatedHost } from "../../tests/support/simulated_host.ts";

function policy(type: string, properties: JsonObject) {
  return [{ name: "calm", types: [`org.khutulun:1.0::${type}`], properties, targets: ["web"] }];
}

/** A host on which the web server fails half a second after each start. */
function unluckyHost() {
  return SimulatedHost.seeded({
    program: (argv) => argv[0] === "web" ? { exitsAfterMs: 500, exitCode: 1 } : {},
  });
}

const starts = (host: SimulatedHost) =>
  host.machine.started.filter(({ argv }) => argv[0] === "web").length;

Deno.test("a Restart policy limits how often an instance is started, until a person asks again", async () => {
  const host = await unluckyHost();
  const life = await host.start();
  const { useCases } = life.agent;
  await deployHello(host, life, {
    isAlone: true,
    policies: policy("Restart", { limit: 3, within: "1 h" }),
  });
  await host.clock.advance(600_000);
  assert.equal(starts(host), 3);
  const why = await host.clock.run(useCases.why("web-0", "default"));
  assert.match(
    why.lines[0],
    /web-0 is failed.*not started again: policy "calm" allows 3 starts within 1h/,
  );
  await host.clock.run((async () => {
    const { generation } = await useCases.restart(helloRef, ["web-0"]);
    await follow(useCases, generation);
  })());
  await host.clock.advance(600_000);
  assert.equal(starts(host), 6);
  await life.stop();
});

Deno.test("an instance that ends while the pass that started it goes on waits like any other", async () => {
  // On a slow host: what was ready a moment ago has ended when it is looked whether anything is left to do.
  const rule = { operations: ["readText"], subject: /web-0\.pid/, fault: { delayMs: 400 } };
  for (let livesMs = 300; livesMs <= 3_000; livesMs += 100) {
    const host = await SimulatedHost.seeded({
      program: (argv) => argv[0] === "web" ? { exitsAfterMs: livesMs, exitCode: 1 } : {},
    });
    const life = await host.start({ rules: [rule] });
    await deployHello(host, life, {
      isAlone: true,
      policies: policy("Restart", { delay: "100 s" }),
    });
    await host.clock.advance(60_000);
    assert.equal(starts(host), 1, `it lives for ${livesMs} ms`);
    await life.stop();
  }
});

Deno.test("without a limit an instance is started again and again, after its policy's delay", async () => {
  const host = await unluckyHost();
  const life = await host.start();
  await deployHello(host, life, {
    isAlone: true,
    policies: policy("Restart", { delay: "100 s" }),
  });
  const first = starts(host);
  await host.clock.advance(90_000);
  assert.equal(starts(host), first);
  await host.clock.advance(1_000_000);
  assert.ok(starts(host) - first >= 8 && starts(host) - first <= 11, `${starts(host)} starts`);
  await life.stop();
});

for (const says of ["stop", "keep"] as const) {
  Deno.test(
    `an Isolation policy that says ${says} ${
      says === "stop" ? "stops its targets within a minute" : "lets its targets run"
    } while the state is away`,
    async () => {
      const cluster = await SimulatedCluster.started(2);
      await cluster.clock.run(deployAndFollow(cluster.agent("alpha"), {
        policies: policy("Isolation", { on_isolation: says }),
      }));
      const [first] = cluster.running("web");
      for (const each of cluster.hosts) each.isStoreAway = true;
      await cluster.clock.advance(25_000);
      assert.deepEqual(cluster.running("web"), [first]);
      await cluster.clock.advance(60_000);
      assert.deepEqual(cluster.running("web"), says === "stop" ? [] : [first]);
      assert.equal(cluster.running("client").length, 1);
      for (const each of cluster.hosts) each.isStoreAway = false;
      await cluster.clock.advance(60_000);
      assert.deepEqual(cluster.running("web"), [first]);
      await cluster.close();
    },
  );
}

Deno.test("an instance whose policy no longer says stop is let go by the fence", async () => {
  const cluster = await SimulatedCluster.started(1);
  const deploy = (says: string) =>
    cluster.clock.run(deployAndFollow(cluster.agent("alpha"), {
      isAlone: true,
      policies: policy("Isolation", { on_isolation: says }),
    }));
  await deploy("stop");
  await deploy("keep");
  cluster.hosts[0].isStoreAway = true;
  await cluster.clock.advance(200_000);
  assert.deepEqual(cluster.running("web"), ["alpha"]);
  await cluster.close();
});
