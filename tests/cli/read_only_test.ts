/** A state directory that turned read-only: said with its cause, nothing is changed, and it goes on when it can be written. */
import assert from "node:assert/strict";
import { testWith } from "../support/needs.ts";
import { StartedAgent } from "../support/started_agent.ts";

const template = `tosca_definitions_version: tosca_2_0
imports:
- profile: org.khutulun:1.0
service_template:
  node_templates:
    web: {type: Process, properties: {command: [sleep, "1000"]}}
`;

testWith(
  ["root"],
  "commands say that the state is read-only, change nothing, and work again when it is not",
  async () => {
    const agent = await StartedAgent.prepare();
    const state = `${agent.directory}/state`;
    await Deno.mkdir(state);
    try {
      assert.ok(await mount("-t", "tmpfs", "-o", "mode=0700", "tmpfs", state));
      await agent.start();
      const path = await agent.write("in/a.yaml", template);
      assert.equal((await agent.run(["service", "deploy", "a", path])).code, 0);
      for (let left = 600; !await mount("-o", "remount,ro", state); left--) {
        assert.ok(left > 0, "there is a moment in which the agent writes nothing");
        await new Promise((resolve) => setTimeout(resolve, 50));
      }

      const before = await agent.state();
      for (const words of [["deploy", "b", path], ["delete", "a"]]) {
        const { code, stderr } = await agent.run(["service", ...words]);
        assert.equal(code, 1, stderr);
        assert.match(stderr, /STATE_READ_ONLY$/m);
        assert.equal(stderr.match(/^ {2}what: /gm)?.length, 1, stderr);
        assert.match(stderr, /^ {2}fix: {2}\S/m);
      }
      assert.deepEqual(await agent.state(), before);
      assert.deepEqual((await agent.ask("service", "list")).length, 1);
      assert.match((await agent.run(["doctor"])).stdout, /read-only/);

      await agent.stop();
      const { code, stderr } = await agent.run(["seed"]);
      assert.equal(code, 1, stderr);
      assert.match(stderr, /STATE_READ_ONLY$/m);

      assert.ok(await mount("-o", "remount,rw", state));
      await agent.start();
      assert.equal((await agent.run(["service", "delete", "a"])).code, 0);
    } finally {
      await mount("-o", "remount,rw", state);
      await agent.stop();
      await new Deno.Command("umount", { args: ["--lazy", state] }).output();
      await agent.close();
    }
  },
);

async function mount(...args: string[]): Promise<boolean> {
  return (await new Deno.Command("mount", { args, stderr: "null" }).output()).success;
}
