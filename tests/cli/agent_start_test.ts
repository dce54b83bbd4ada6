/** What may keep an agent from starting, and commands from finding it: said with its cause, and nothing is changed. */
import assert from "node:assert/strict";
import { type CommandEnd, StartedAgent } from "../support/started_agent.ts";
import { testWith } from "../support/needs.ts";

async function withDirectory(test: (agent: StartedAgent) => Promise<void>): Promise<void> {
  const agent = await StartedAgent.prepare();
  try {
    await test(agent);
  } finally {
    await agent.close();
  }
}

function check({ code, stderr }: CommandEnd, expected: number, what: RegExp): void {
  assert.equal(code, expected, stderr);
  assert.match(stderr, what);
  assert.doesNotMatch(stderr, /^ +at .*:\d+:\d+/m, "no stack is shown");
}

Deno.test("a command says that no agent runs, and how to start one", () =>
  withDirectory(async (agent) => {
    const start = new RegExp(`khutulun seed --root ${agent.directory}`);
    check(await agent.run(["service", "list"]), 6, /API_AGENT_NOT_RUNNING/);
    check(await agent.run(["service", "list"]), 6, start);
    await agent.start();
    await agent.stop("SIGKILL");
    check(await agent.run(["service", "list"]), 6, /nobody listens: the agent was killed/);
    await agent.start();
  }));

testWith(
  ["root", "setpriv"],
  "a command says that another user's socket is not for this one",
  () =>
    withDirectory(async (agent) => {
      await agent.start();
      // Root without capabilities is a user like any other, and the only other one who can read this checkout for sure.
      const through = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"];
      await Deno.chown(`${agent.directory}/run/khutulun`, 65534, 65534);
      const ended = await agent.run(["service", "list"], { through });
      check(ended, 6, /API_SOCKET_FORBIDDEN[^]*sudo/);
    }),
);

Deno.test("seed refuses a second agent for the same directory, and the first runs on", () =>
  withDirectory(async (agent) => {
    await agent.start();
    check(await agent.run(["seed"]), 5, /_RUNNING\n.*\n.*agent/);
    assert.equal((await agent.run(["service", "list"])).code, 0);
  }));

Deno.test("seed starts the agent of the cluster that is there", () =>
  withDirectory(async (agent) => {
    await agent.start("--name", "first");
    const before = await Deno.readTextFile(`${agent.directory}/state/cluster.yaml`);
    await agent.stop();
    await agent.start();
    assert.equal(await Deno.readTextFile(`${agent.directory}/state/cluster.yaml`), before);
  }));

Deno.test("seed makes no second cluster of a state that is empty, missing, or another's", () =>
  withDirectory(async (agent) => {
    await agent.start();
    await agent.stop();
    const { directory } = agent;
    await Deno.rename(`${directory}/state`, `${directory}/away`);
    check(await agent.run(["seed"]), 1, /STATE_MISSING/);
    await Deno.mkdir(`${directory}/state`);
    check(await agent.run(["seed"]), 1, /STATE_EMPTY[^]*mount/);
    assert.deepEqual([...Deno.readDirSync(`${directory}/state`)], []);
    await Deno.remove(`${directory}/state`);
    await Deno.rename(`${directory}/away`, `${directory}/state`);
    const path = `${directory}/state/cluster.yaml`;
    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, text.replace(/format: \d+/g, "format: 99"));
    check(await agent.run(["seed"]), 1, /STATE_FORMAT_NEWER/);
    await Deno.writeTextFile(path, text.replace(/id: .*/, "id: 0123456789abcdef0123456789abcdef"));
    check(await agent.run(["seed"]), 1, /STATE_OTHER_CLUSTER/);
    await Deno.writeTextFile(path, text);
    await agent.start();
  }));

Deno.test("seed makes no cluster where something else is", () =>
  withDirectory(async (agent) => {
    await agent.write("state/photos/one.jpg", "x");
    check(await agent.run(["seed"]), 1, /STATE_NOT_A_CLUSTER/);
    assert.deepEqual(await agent.state(), ["/state/photos/one.jpg"]);
    await Deno.remove(`${agent.directory}/state`, { recursive: true });
    await agent.start();
  }));
