/** One life of a service as a person sees it, with a real agent and real processes. */
import assert from "node:assert/strict";
import { Client } from "../../core/api/mod.ts";
import { contract } from "../../core/api/server/mod.ts";
import { connectToSocket } from "../../core/platform/http/mod.ts";
import { StartedAgent } from "../support/started_agent.ts";

const example = new URL("../../examples/hello-world", import.meta.url).pathname;

Deno.test("khutulun deploys, explains, changes and deletes a service", async (context) => {
  const agent = await StartedAgent.prepare();
  const shown = async (...args: string[]) => {
    const { code, stdout, stderr } = await agent.run(args);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  try {
    await agent.start("--name", "test");
    await context.step("deploy says where the page is", async () => {
      const stdout = await shown("service", "deploy", "hello", example);
      assert.match(stdout, /^"hello" is ready \(generation 1, .*\)\n {2}url: http:/);
      const page = await fetch((await shown("service", "output", "hello", "url")).trim());
      assert.match(await page.text(), /Hello, world/);
    });
    await context.step(
      "every answer is of the form that the API documents",
      () => checkAnswers(agent),
    );
    await context.step("the same again has nothing to do", async () => {
      const stdout = await shown("service", "deploy", "hello", example);
      assert.equal(stdout, `Nothing to do: "hello" is as asked (generation 1)\n`);
      assert.match(await shown("service", "plan", "hello"), /^Nothing to do/);
    });
    await context.step(
      "a saved plan is carried out once, and refused when it is stale",
      async () => {
        const plan = `${agent.directory}/plan.json`;
        const change = ["--input", "greeting=Good morning"];
        const text = await shown("service", "plan", "hello", ...change, "--save", plan);
        assert.deepEqual(text.match(/^ {2}[+~>-] .*?(?= on)/gm), ["  ~ web-0      update"]);
        assert.match(await shown("service", "deploy", "hello", "--plan", plan), /generation 2/);
        const again = await agent.run(["service", "deploy", "hello", "--plan", plan]);
        assert.equal(again.code, 5);
        assert.match(again.stderr, /^AGENT_STALE_PLAN\n/);
      },
    );
    await context.step("rollback asks again what was asked before", async () => {
      assert.match(await shown("service", "rollback", "hello", "--dry-run"), /web-0/);
      assert.match(await shown("service", "rollback", "hello"), /"hello" is ready \(generation 3/);
      assert.match(await shown("service", "rollback", "hello", "--to", "2"), /generation 4/);
      const history = await agent.ask("service", "history", "hello");
      assert.deepEqual(
        history.map((
          each: { inputs: object; isCurrent: boolean },
        ) => [each.inputs, each.isCurrent]),
        [
          [{}, false],
          [{ greeting: "Good morning" }, false],
          [{}, false],
          [{ greeting: "Good morning" }, true],
        ],
      );
    });
    await context.step("exec runs where the instance runs, with its environment", async () => {
      const script = 'echo "$GREETING"; echo wrong >&2; exit 3';
      const ended = await agent.run([
        "service",
        "exec",
        "hello",
        "web-0",
        "--",
        "sh",
        "-c",
        script,
      ]);
      assert.deepEqual(ended, { code: 3, stdout: "Good morning\n", stderr: "wrong\n" });
    });
    await context.step("logs shows what the instances said", async () => {
      await eventually(async () =>
        /visitor-0 \| .*says: /.test(await shown("service", "logs", "hello"))
      );
    });
    await context.step("script is a script that a shell reads", async () => {
      const path = await agent.write("script.sh", await shown("service", "script", "hello"));
      const { success } = await new Deno.Command("sh", { args: ["-n", path] }).output();
      assert.ok(success);
    });
    await context.step("a killed process comes back, and why tells of it", async () => {
      const pid = await pidOf(agent);
      Deno.kill(pid, "SIGKILL");
      await eventually(async () => ![pid, undefined].includes(await pidOf(agent)));
      await eventually(async () => /restarted/.test(await shown("why", "web-0")));
    });
    await context.step("a second agent takes over what the first left running", async () => {
      const before = await pidOf(agent);
      await agent.stop("SIGKILL");
      await agent.start();
      await eventually(async () => (await agent.ask("service", "show", "hello")).phase === "ready");
      assert.equal(await pidOf(agent), before);
    });
    await context.step("delete leaves nothing", async () => {
      const pids = (await agent.ask("instance", "list")).flatMap(
        (each: { attributes: { pid?: number } }) => each.attributes.pid ?? [],
      );
      assert.ok(pids.length >= 2);
      assert.match(await shown("service", "delete", "hello"), /^"hello" is gone/);
      assert.deepEqual(pids.filter(runs), []);
      assert.deepEqual((await agent.state()).filter((path) => /claims|service/.test(path)), []);
      assert.equal((await agent.run(["service", "show", "hello"])).code, 4);
    });
  } finally {
    await agent.close();
  }
});

// deno-lint-ignore no-explicit-any -- looked at by this test alone
async function pidOf(agent: StartedAgent): Promise<any> {
  const rows = await agent.ask("instance", "list", "hello");
  return rows.find((each: { id: string }) => each.id === "web-0")?.attributes.pid;
}

/** A process that has ended may be there until its parent has heard of it. */
function runs(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(Deno.readTextFileSync(`/proc/${pid}/stat`));
  } catch {
    return false;
  }
}

/** The schemas take nothing that they do not name, so an answer with more than is documented fails too. */
async function checkAnswers(agent: StartedAgent): Promise<void> {
  const socket = `${agent.directory}/run/khutulun/agent.sock`;
  const client = new Client(connectToSocket(socket, { startCommand: "" }));
  const path = { namespace: "default", name: "hello" };
  const asked = {
    status: {},
    doctor: {},
    why: { path },
    services: { query: {} },
    service: { path },
    plan: { path, body: { inputs: { greeting: "x" } } },
    script: { path, body: {} },
    outputs: { path },
    instances: { query: {} },
    connections: { query: {} },
    hosts: {},
    namespaces: {},
    events: { query: {} },
    packages: { path: { kind: "plugin" }, query: {} },
    package: { path: { kind: "profile", namespace: "common", name: "org.khutulun:1.0" } },
  } as const;
  for (const [name, input] of Object.entries(asked)) {
    const answer = await client.call(name as "status", input as never);
    const parsed = contract[name as "status"].answer.safeParse(answer);
    assert.ok(parsed.success, `${name}: ${parsed.error}`);
  }
  client.close();
}

async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 60_000; !await isSo();) {
    assert.ok(Date.now() < deadline, "it becomes so within a minute");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
