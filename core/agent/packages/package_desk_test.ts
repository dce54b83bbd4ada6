import assert from "node:assert/strict";
import { ProblemError } from "../../base/mod.ts";
import { helloGraph } from "../../../tests/support/hello_graph.ts";
import { helloRef } from "../../../tests/support/simulated_service.ts";
import { SimulatedHost, uploadOf } from "../../../tests/support/simulated_host.ts";

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(() => undefined, (error) => error);
  return error instanceof ProblemError ? error.problem.code : String(error);
}

const template = uploadOf({ "service.yaml": helloGraph(), "serve.sh": "#!/bin/sh\n" });
const where = { namespace: "default", name: "hello" };

Deno.test("register() takes a template that services are then deployed from, and keeps it while they are", async () => {
  const host = await SimulatedHost.seeded();
  const life = await host.start();
  const { useCases } = life.agent;
  const run = <T>(work: Promise<T>) => host.clock.run(work);
  assert.equal((await run(useCases.register("template", template, where))).changed, true);
  assert.equal((await run(useCases.register("template", template, where))).changed, false);
  await run(useCases.deploy({ ref: helloRef, template: { name: "hello" } }));
  const [view] = await run(useCases.packages("template", "default"));
  assert.deepEqual([view.name, view.usedBy], ["hello", ["hello"]]);
  const removal = () => codeOf(run(useCases.removePackage("template", "hello", "default")));
  assert.equal(await removal(), "AGENT_PACKAGE_USED");
  await run(useCases.delete(helloRef, {}));
  await host.clock.advance(10_000);
  assert.equal(await removal(), "undefined");
  assert.equal(await removal(), "AGENT_PACKAGE_UNKNOWN");
  await life.stop();
});

function plugin(version: string, ...commands: string[]): string {
  const rules = commands.map((command) => `- change: [ ${command} ]\n`).join("");
  return `name: extra\nversion: ${version}\ncontract: 1\ncommands:\n${rules}`;
}

Deno.test("register() says what a plugin may do beyond what it might before", async () => {
  const host = await SimulatedHost.seeded();
  const life = await host.start();
  const register = (manifest: string) => {
    const files = uploadOf({ "plugin.yaml": manifest, "plugin.wasm": "code" });
    return host.clock.run(
      life.agent.useCases.register("plugin", files, { namespace: "common" }),
    );
  };
  const first = await register(plugin("1.0.0", "lvs"));
  assert.deepEqual([first.package.name, first.reach], ["extra", ["may run (change): lvs"]]);
  const second = await register(plugin("1.1.0", "lvs", "lvremove"));
  assert.deepEqual(second.reach, ["may run (change): lvremove"]);
  assert.equal(await codeOf(register("name: extra\n")), "PLUGIN_MANIFEST");
  const bare = uploadOf({ "plugin.yaml": plugin("1.0.0", "lvs") });
  const work = life.agent.useCases.register("plugin", bare, { namespace: "common" });
  assert.equal(await codeOf(host.clock.run(work)), "AGENT_UPLOAD_INVALID");
  await life.stop();
});
