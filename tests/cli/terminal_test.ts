import assert from "node:assert/strict";
import { testWith } from "../support/needs.ts";
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

/**
 * A person at a terminal: types the command line given as arguments, then plays lines from standard input: `wait TEXT`,
 * `type TEXT` (escapes as Python's), `size ROWS COLUMNS`, `signal NAME`. Prints what came, then how the terminal was left
 * and the exit code, as JSON.
 */
const person = `
import codecs, fcntl, json, os, pty, re, select, signal, struct, sys, termios, time

def resize(rows, columns):
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

master, slave = pty.openpty()
resize(40, 120)
before = termios.tcgetattr(slave)
pid = os.fork()
if pid == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for number in range(3):
        os.dup2(slave, number)
    os.close(master)
    os.execvp(sys.argv[1], sys.argv[1:])

said = ""

def hear(seconds):
    global said
    if select.select([master], [], [], seconds)[0]:
        said += os.read(master, 65536).decode()

def wait(text):
    deadline = time.time() + 60
    while text not in said and time.time() < deadline:
        hear(0.1)
    if text not in said:
        os.kill(pid, signal.SIGKILL)
        sys.exit("waited for " + text + ", heard " + repr(said))

for line in sys.stdin.read().splitlines():
    verb, _, rest = line.partition(" ")
    if verb == "wait":
        wait(rest)
    elif verb == "type":
        os.write(master, codecs.decode(rest, "unicode_escape").encode())
    elif verb == "size":
        resize(*map(int, rest.split()))
    elif verb == "signal":
        os.kill(pid, getattr(signal, rest))
deadline = time.time() + 60
while time.time() < deadline:
    ended, status = os.waitpid(pid, os.WNOHANG)
    if ended:
        break
    hear(0.05)
else:
    os.kill(pid, signal.SIGKILL)
    sys.exit("it does not end, heard " + repr(said))
while select.select([master], [], [], 0)[0]:
    hear(0)
print(json.dumps({"said": said, "code": os.waitstatus_to_exitcode(status), "restored": termios.tcgetattr(slave) == before}))
`;

interface Played {
  readonly said: string;
  readonly code: number;
  /** Whether the terminal is as it was before. */
  readonly restored: boolean;
}

/** Lets a person play at a terminal with an agent that runs one process. */
async function play(agent: StartedAgent, args: readonly string[], script: string): Promise<Played> {
  const lines = await agent.write("script", `${script.trim()}\n`);
  const path = await agent.write("person.py", person);
  const { code, stdout, stderr } = await agent.run(["service", "exec", ...args], {
    through: ["sh", "-c", `exec python3 "$0" "$@" <"${lines}"`, path],
    env: { TERM: "vt220" },
  });
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
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
      const program = "trap 'echo cau''ght' INT; echo wait''ing; cat; echo stopped; exit 4";
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
