import assert from "node:assert/strict";
import { SeededRandom } from "../../core/sim/mod.ts";
import { RealAgent } from "../support/real_agent.ts";

const template = new URL("../../examples/hello-world", import.meta.url).pathname;
const kills = 50;

async function deployed(agent: RealAgent, ...args: string[]): Promise<void> {
  const { code, stderr } = await agent.run("service", "deploy", "hello", template, ...args);
  assert.equal(code, 0, stderr);
}

Deno.test("kill -9 of the agent leaves what runs alone, and the next one restarts and changes nothing", async () => {
  await RealAgent.with(async (agent) => {
    await agent.start();
    await deployed(agent);
    const before = agent.workloads();
    const pidFiles = () =>
      agent.files().filter((path) => path.endsWith(".pid"))
        .map((path) => Deno.readTextFileSync(path));
    const pids = pidFiles();
    assert.equal(pids.length, 2);
    await agent.kill();
    assert.deepEqual(agent.workloads(), before);
    await agent.start();
    const again = await agent.run("service", "deploy", "hello", template);
    assert.match(again.stdout + again.stderr, /Nothing to do/);
    assert.deepEqual(agent.workloads(), before);
    assert.deepEqual(pidFiles(), pids);
  });
});

Deno.test("an agent that starts while another runs is refused", async () => {
  await RealAgent.with(async (agent) => {
    await agent.start();
    const { code, stderr } = await agent.run("seed");
    assert.notEqual(code, 0);
    assert.match(stderr, /RUNNING/);
  });
});

Deno.test(`${kills} kills of agent and command at random moments: nothing is doubled, nothing is left`, async () => {
  const seed = crypto.randomUUID();
  const random = new SeededRandom(seed);
  const commands = [
    ["service", "deploy", "hello", template],
    ["service", "deploy", "hello", template, "--input", "greeting=changed"],
    ["service", "delete", "hello"],
  ];
  await RealAgent.with(async (agent) => {
    await agent.start();
    for (let round = 0; round < kills; round++) {
      const command = agent.spawn(...commands[Math.floor(random.next() * commands.length)]);
      await new Promise((resolve) => setTimeout(resolve, random.next() * 2_000));
      if (random.next() < 0.7) {
        await agent.kill();
        await agent.start();
      } else {
        try {
          command.kill("SIGKILL");
        } catch { /* it was done */ }
      }
      await command.status;
      const running = agent.workloads();
      assert(running.length <= 2, `seed ${seed}: ${running.map((each) => each.command)}`);
    }
    await deployed(agent);
    assert.equal(agent.workloads().length, 2, `seed ${seed}`);
    assert.equal((await agent.run("service", "delete", "hello")).code, 0, `seed ${seed}`);
    assert.deepEqual(agent.workloads(), [], `seed ${seed}`);
    assert.deepEqual(agent.files(), [], `seed ${seed}`);
  });
});
