import assert from "node:assert/strict";
import {
  deployAndFollow,
  follow,
  helloRef,
  helloRequest,
} from "../../tests/support/simulated_service.ts";
import { SimulatedCluster } from "../../tests/support/simulated_cluster.ts";

function onHost(name: string) {
  return [{
    name: "there",
    types: ["org.khutulun:1.0::Placement"],
    properties: { hosts: [name] },
    targets: ["web"],
  }];
}

Deno.test("follow() tells at once what failed on another host", async () => {
  const cluster = await SimulatedCluster.started(
    2,
    {},
    (argv) =>
      argv[0] === "web" ? { exitsAfterMs: 50, exitCode: 1, output: "no such module\n" } : {},
  );
  const beganMs = cluster.clock.monotonicMs();
  const { end } = await cluster.clock.run(
    deployAndFollow(cluster.agent("alpha"), { isAlone: true, policies: onHost("bravo") }),
  );
  assert.equal(end?.kind, "failed");
  assert.equal(end?.problem?.code, "AGENT_INSTANCE_FAILED");
  assert.match(end!.problem!.why!, /no such module/);
  assert.ok(cluster.clock.monotonicMs() - beganMs < 10_000);
  await cluster.close();
});

Deno.test("follow() tells of an update that another host takes back, not only of what failed in it", async () => {
  const cluster = await SimulatedCluster.started(
    2,
    {},
    (argv, env) =>
      argv[0] === "web" && env.GREETING === "bad" ? { exitsAfterMs: 50, exitCode: 1 } : {},
  );
  const { useCases } = cluster.agent("alpha");
  const hello = { isAlone: true, policies: onHost("bravo") };
  await cluster.clock.run(deployAndFollow(cluster.agent("alpha"), hello));
  const end = await cluster.clock.run((async () => {
    const request = helloRequest({ ...hello, greeting: "bad" });
    const { generation } = await useCases.deploy({ ...request, update: {} });
    return await follow(useCases, generation);
  })());
  assert.equal(end?.problem?.code, "AGENT_ROLLED_BACK");
  await cluster.close();
});

Deno.test("follow() tells what becomes of instances on other hosts", async () => {
  const cluster: SimulatedCluster = await SimulatedCluster.started(2, {}, (argv, env) => {
    if (argv[0] !== "web") return {};
    const bornMs = cluster.clock.nowMs();
    return {
      get listens() {
        return cluster.clock.nowMs() - bornMs >= 5_000 ? [`tcp/${env.PORT}`] : [];
      },
    };
  });
  const { useCases } = cluster.agent("alpha");
  const answers = {
    name: "answers",
    types: ["org.khutulun:1.0::HealthCheck"],
    properties: { port: "http" },
    targets: ["web"],
  };
  const hello = { isAlone: true, policies: [...onHost("bravo"), answers] };
  await cluster.clock.run(deployAndFollow(cluster.agent("alpha"), hello));
  const said = await cluster.clock.run((async () => {
    const request = helloRequest({ ...hello, greeting: "hi" });
    const { generation } = await useCases.deploy({ ...request, update: {} });
    const messages: string[] = [];
    const never = new AbortController().signal;
    for await (const each of useCases.follow(helloRef, generation, never)) {
      messages.push(each.message);
    }
    return messages;
  })());
  assert.ok(said.includes('web-0 is ready on host "bravo"'), said.join("\n"));
  assert.equal(new Set(said).size, said.length, said.join("\n"));
  await cluster.close();
});

Deno.test("watchEvents() tells what happens on all hosts, each event once", async () => {
  const cluster = await SimulatedCluster.started(2);
  const stop = new AbortController();
  const seen: string[] = [];
  const watching = (async () => {
    const events = cluster.agent("alpha").useCases.watchEvents({}, stop.signal);
    for await (const { host, id } of events) seen.push(`${host} ${id}`);
  })();
  await cluster.clock.run(
    deployAndFollow(cluster.agent("alpha"), { policies: onHost("bravo") }),
  );
  await cluster.clock.advance(10_000);
  stop.abort();
  await cluster.clock.run(watching);
  assert.ok(seen.some((each) => each.startsWith("alpha ")));
  assert.ok(seen.some((each) => each.startsWith("bravo ")));
  assert.equal(new Set(seen).size, seen.length);
  const all = await cluster.clock.run(cluster.agent("bravo").useCases.events({ ref: helloRef }));
  for (const { host, id } of all) assert.ok(seen.includes(`${host} ${id}`), `${host} ${id}`);
  await cluster.close();
});
