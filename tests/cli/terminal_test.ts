import assert from "node:assert/strict";
import { testWith } from "../support/needs.ts";
import { personAtTerminal, type Played } from "../support/person_at_terminal.ts";
import { StartedAgent } from "../support/started_agent.ts";

const template = `
tosca_definitions_version: tosca_2_0
imports: [{ profile: "org.khutulun:1.0" }]
service_template:
  node_templates:
    web:
      type: Process
      properties:
        command: [sleep, "100000"]
        environment: { GREETING: hello }
`;

/** Lets a person type a command with an agent that runs one process. */
function play(agent: StartedAgent, args: readonly string[], script: string): Promise<Played> {
  return personAtTerminal({
    argv: agent.argvOf(["service", "exec", ...args]),
    env: { ...agent.environment, TERM: "vt220" },
    script: script.split("\n"),
  });
}

testWith(["python3"], "service exec at a terminal is as if one sat there", async (context) => {
  const agent = await StartedAgent.prepare();
  try {
    await agent.start();
    const path = await agent.write("shop/shop.yaml", template);
    assert.equal((await agent.run(["service", "deploy", "shop", path])).code, 0);

    await context.step("size, name of the terminal, environment, exit code", async () => {
      const { said, code, restored } = await play(
        agent,
        ["-it", "shop", "web-0", "--", "sh"],
        [
          String.raw`type stty size; echo "<$TERM $GREETING>"\r`,
          "wait 40 120",
          "wait <vt220 hello>",
          "size 12 34",
          String
            .raw`type until [ "$(stty size)" = "12 34" ]; do sleep 0.05; done; echo resi""zed\r`,
          "wait resized",
          String.raw`type exit 7\r`,
        ].join("\n"),
      );
      assert.deepEqual([code, restored], [7, true], said);
    });
    await context.step("a program is told of a new size while it runs", async () => {
      const program =
        "trap 'stty size; exit 5' WINCH; echo wait''ing; while :; do sleep 0.01; done";
      const { said, code } = await play(
        agent,
        ["-it", "shop", "web-0", "--", "sh", "-c", program],
        "wait waiting\nsize 21 43\nwait 21 43",
      );
      assert.equal(code, 5, said);
    });
    await context.step("Ctrl-C reaches the program and not the command line", async () => {
      // What waits says so itself: a shell that is interrupted just before it starts a program lets that run on.
      const waits = `sh -c "echo wait''ing; exec cat"`;
      const program = `trap 'echo cau''ght' INT; ${waits}; echo stopped; exit 4`;
      const { said, code, restored } = await play(
        agent,
        ["-it", "shop", "web-0", "--", "sh", "-c", program],
        "wait waiting\ntype \\x03\nwait caught\nwait stopped",
      );
      assert.deepEqual([code, restored], [4, true], said);
    });
    for (const [signal, expected] of [["SIGTERM", 143], ["SIGHUP", 129], ["SIGINT", 130]]) {
      await context.step(`the terminal is given back at ${signal}`, async () => {
        const { said, code, restored } = await play(
          agent,
          ["-it", "shop", "web-0", "--", "sh", "-c", "echo wait''ing; cat"],
          `wait waiting\nsignal ${signal}`,
        );
        assert.deepEqual([code, restored], [expected, true], said);
      });
    }
    await context.step("the terminal is given back when the command cannot run", async () => {
      const { said, code, restored } = await play(agent, ["-it", "shop", "web-9", "--", "sh"], "");
      assert.deepEqual([code, restored], [4, true], said);
      assert.match(said, /AGENT_INSTANCE_UNKNOWN/);
    });
    await context.step("without -i the command finds no input", async () => {
      const { said, code, restored } = await play(
        agent,
        ["shop", "web-0", "--", "sh", "-c", "cat; tty; exit 2"],
        "type hello\\n",
      );
      assert.deepEqual([code, restored], [2, true], said);
      assert.match(said, /not a tty/);
    });
    await context.step("output is shown as the program's terminal made it", async () => {
      for (const flags of ["-t", "-it"]) {
        const { said } = await play(agent, [flags, "shop", "web-0", "--", "echo", "one"], "");
        assert.equal(said, "one\r\n");
      }
    });
    await context.step("the terminal is given back when the agent is killed", async () => {
      const playing = play(
        agent,
        ["-it", "shop", "web-0", "--", "tail", "-f", `${agent.directory}/shop/shop.yaml`],
        "wait API_CONNECTION_LOST",
      );
      await waitsFor(agent);
      await agent.stop("SIGKILL");
      const { said, code, restored } = await playing;
      assert.deepEqual([code, restored], [6, true], said);
      await agent.start();
    });
  } finally {
    await agent.close();
  }
});

/** Waits until the command of the last step runs: only then is there something to break off. */
async function waitsFor(agent: StartedAgent): Promise<void> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline;) {
    const { stdout } = await new Deno.Command("ps", { args: ["-eo", "args="] }).output();
    const lines = new TextDecoder().decode(stdout).split("\n");
    if (lines.some((line) => /^\S*tail /.test(line) && line.includes(agent.directory))) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail(`The command runs: ${await agent.log()}`);
}
