import assert from "node:assert/strict";
import { helloGraph } from "../../tests/support/hello_graph.ts";
import { SimulatedHost, uploadOf } from "../../tests/support/simulated_host.ts";
import type { Life } from "../../tests/support/simulated_host.ts";

const ref = { namespace: "default", service: "hello" };

function request(options: Parameters<typeof helloGraph>[0] = {}) {
  const files = { "service.yaml": helloGraph(options), "serve.sh": "#!/bin/sh\n" };
  return { ref, template: { upload: uploadOf(files) } };
}

/** Deploys and waits until the generation is settled. */
async function deployed(host: SimulatedHost, { agent }: Life, wanted = request()) {
  const answer = await host.clock.run(agent.useCases.deploy(wanted));
  assert.deepEqual(answer.problems, []);
  return { answer, end: await host.clock.run(settled(agent, answer.generation)) };
}

async function settled({ useCases }: Life["agent"], generation: number) {
  const never = new AbortController().signal;
  let last;
  for await (const progress of useCases.follow(ref, generation, never)) last = progress;
  return last;
}

Deno.test("createAgent() runs a service from deploy to delete, and leaves nothing", async () => {
  const host = await SimulatedHost.seeded();
  const life = await host.start();
  const before = Object.keys(host.files()).filter((path) => !path.startsWith("/state/hosts/"));
  const { answer, end } = await deployed(host, life);
  assert.equal(end?.kind, "settled", JSON.stringify(end));
  assert.equal(answer.changed, true);
  const [{ claims }] = await host.clock.run(life.agent.useCases.hosts());
  const port = claims[0].claim.slice("tcp/".length);
  assert.deepEqual(host.machine.running().map(({ argv, env }) => [argv, env]), [
    [["web", "/own/data/khutulun.hello.web-0/serve.sh"], {
      PORT: port,
      SITE: "/own/data/khutulun.hello.site-0",
      GREETING: "hello",
    }],
    [["client"], { SERVER: port }],
  ]);
  const views = await host.clock.run(life.agent.useCases.instances({}));
  assert.deepEqual(views.map(({ id, phase, claims }) => [id, phase, claims]), [
    ["client-0", "ready", []],
    ["http-0", "ready", [`tcp/${port}`]],
    ["site-0", "ready", []],
    ["web-0", "ready", []],
  ]);
  assert.deepEqual(await host.clock.run(life.agent.useCases.outputs(ref)), { url: port });

  const gone = await host.clock.run(life.agent.useCases.delete(ref, {}));
  const last = await host.clock.run(settled(life.agent, gone.generation));
  assert.equal(last?.kind, "settled", JSON.stringify(last));
  assert.deepEqual(host.machine.running(), []);
  await life.stop();
  const left = Object.keys(host.files()).filter((path) =>
    !path.startsWith("/state/hosts/") && !before.includes(path)
  );
  assert.deepEqual(left.filter((path) => !path.includes("/template/")), []);
});
