/** What a host may have against a deploy: said once, with its cause, and with an exit code. */
import assert from "node:assert/strict";
import { StartedAgent } from "../support/started_agent.ts";

const head = `tosca_definitions_version: tosca_2_0
imports:
- profile: org.khutulun:1.0
service_template:
  node_templates:
`;

async function withAgent(test: (agent: StartedAgent) => Promise<void>): Promise<void> {
  const agent = await StartedAgent.prepare();
  try {
    await agent.start();
    await test(agent);
  } finally {
    await agent.close();
  }
}

Deno.test("service deploy refuses a command that is not on the host, before anything is changed", () =>
  withAgent(async (agent) => {
    const path = await agent.write(
      "in/a.yaml",
      `${head}    web: {type: Process, properties: {command: [no-such-command]}}\n`,
    );
    const before = await agent.state();
    const { code, stderr } = await agent.run(["service", "deploy", "a", path]);
    assert.equal(code, 1);
    assert.match(stderr, /PLAN_REFUSED\n.*"web-0".*\n.*"no-such-command" is not installed\n/);
    assert.deepEqual(await agent.state(), before);
  }));

Deno.test("service deploy names who holds a port that is wanted", () =>
  withAgent(async (agent) => {
    const listener = Deno.listen({ port: 0 });
    const { port } = listener.addr as Deno.NetAddr;
    const path = await agent.write(
      "in/a.yaml",
      `${head}    http: {type: Port, properties: {port: ${port}}}
    web:
      type: Process
      properties: {command: [sleep, "1000"]}
      requirements: [{port: http}]
`,
    );
    const before = await agent.state();
    const { code, stderr } = await agent.run(["service", "deploy", "a", path]);
    listener.close();
    assert.equal(code, 1);
    assert.match(
      stderr,
      new RegExp(`PLAN_REFUSED\\n.*\\n.*port ${port} is held by .*pid ${Deno.pid}`),
    );
    assert.deepEqual(await agent.state(), before);
  }));

Deno.test("service deploy shows the last ten lines of a process that dies at once", () =>
  withAgent(async (agent) => {
    const script = "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo line $i; done; exit 7";
    const path = await agent.write(
      "in/a.yaml",
      `${head}    web: {type: Process, properties: {command: [sh, -c, "${script}"]}}\n`,
    );
    const { code, stderr } = await agent.run(["service", "deploy", "a", path]);
    assert.equal(code, 1);
    assert.match(stderr, /AGENT_PROCESS_DIED\n {2}what: Instance "web-0" has failed\n/);
    assert.deepEqual(
      stderr.match(/line \d+/g),
      [3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((number) => `line ${number}`),
    );
  }));

Deno.test("service deploy leaves the work to the agent at Ctrl-C, and says so", () =>
  withAgent(async (agent) => {
    const path = await agent.write(
      "in/a.yaml",
      `${head}    slow: {type: Process, properties: {command: [sleep, "1000"]}}
  policies:
  - never:
      type: HealthCheck
      targets: [slow]
      properties: {command: [test, -e, ${agent.directory}/allowed], interval: 1 s}
`,
    );
    const { code, stderr } = await agent.run(["service", "deploy", "a", path], {
      during: async (child) => {
        await until(async () => (await agent.ask("instance", "list")).length > 0);
        await new Promise((resolve) => setTimeout(resolve, 500)); // it follows by then
        child.kill("SIGINT");
      },
    });
    assert.equal(code, 130, stderr);
    assert.match(
      stderr,
      /The deploy goes on in the agent\. Follow it: .*\nUndo it: .* delete a\n$/,
    );
    const why = async () => (await agent.run(["why", "a"])).stdout;
    await until(async () => /health check/.test(await why()));
    assert.match(
      await why(),
      /slow-0 is starting since \d{4}-\S+Z: its health check says: "test -e \S+" .*1/,
    );
    await agent.write("allowed", "");
    await until(async () => (await agent.ask("service", "show", "a")).phase === "ready");
  }));

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 60_000; !await isSo();) {
    assert.ok(Date.now() < deadline, "it becomes so within a minute");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
