import assert from "node:assert/strict";
import { systemClock, SystemProcesses } from "../../core/platform/mod.ts";
import type { AttachedProcess } from "../../core/ports/mod.ts";

const processes = new SystemProcesses(systemClock);

/** A process at a terminal, and what it has said so far. */
class Session {
  text = "";
  readonly ended: Promise<void>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  constructor(readonly process: AttachedProcess) {
    this.#writer = process.stdin.getWriter();
    this.ended = (async () => {
      for await (const bytes of process.stdout) this.text += new TextDecoder().decode(bytes);
    })();
  }

  type(text: string): Promise<void> {
    return this.#writer.write(new TextEncoder().encode(text));
  }

  endInput(): Promise<void> {
    return this.#writer.close();
  }

  /** Waits until the text matches; the test's own guard is against hanging. */
  async says(expected: RegExp): Promise<void> {
    for (const deadline = Date.now() + 30_000; !expected.test(this.text);) {
      assert.ok(Date.now() < deadline, `says ${expected}, said ${JSON.stringify(this.text)}`);
      await systemClock.sleep(5);
    }
  }
}

function start(script: string, env: Record<string, string> = {}): Session {
  const terminal = { rows: 33, columns: 99, type: "vt100" };
  return new Session(processes.attach({ argv: ["sh", "-c", script], env, cwd: "/", terminal }));
}

Deno.test("attach() gives a process a terminal of the wished size, and its exit code", async () => {
  const session = start('stty size; echo "$TERM $A"; pwd; echo direct >/dev/tty; exit 7', {
    A: "b c",
  });
  assert.equal(await session.process.exit, 7);
  await session.ended;
  assert.equal(session.text, "33 99\r\nvt100 b c\r\n/\r\ndirect\r\n");
});

Deno.test("attach() tells a process that its terminal's size has changed", async () => {
  const session = start("trap 'stty size; exit' WINCH; echo ready; while :; do sleep 0.01; done");
  await session.says(/ready/);
  session.process.resize!({ rows: 12, columns: 34 });
  assert.equal(await session.process.exit, 0);
  await session.ended;
  assert.match(session.text, /12 34\r\n$/);
});

Deno.test("attach() interrupts what runs at the terminal by Ctrl-C", async () => {
  const session = start("trap 'echo caught; exit 3' INT; echo ready; while :; do sleep 0.01; done");
  await session.says(/ready/);
  await session.type("\x03");
  assert.equal(await session.process.exit, 3);
  await session.ended;
  assert.match(session.text, /caught/);
});

Deno.test("attach() ends input at a terminal by what a person would type", async () => {
  for (const input of ["one\ntwo\n", "one\ntwo"]) {
    const session = start("stty -echo; echo ready; cat; echo over");
    await session.says(/ready/);
    await session.type(input);
    await session.endInput();
    assert.equal(await session.process.exit, 0);
    await session.ended;
    assert.match(session.text, /ready\r\none\r\ntwo(\r\n)?over\r\n$/);
  }
});

Deno.test("attach() hands over all that was said before the end, however much", async () => {
  const session = start("head -c 1000000 /dev/zero | tr '\\0' x; sleep 1000 & exit 0");
  assert.equal(await session.process.exit, 0);
  await session.ended;
  assert.equal(session.text.length, 1_000_000);
  session.process.kill("SIGHUP");
});

Deno.test("attach() hangs up what is at the terminal when it is taken away", async () => {
  const session = start("trap 'exit 9' HUP; echo ready; while :; do sleep 0.01; done");
  await session.says(/ready/);
  session.process.kill("SIGHUP");
  assert.equal(await session.process.exit, 9);
  await session.ended;
});

Deno.test("attach() leaves no descriptor of a terminal open", async () => {
  const open = () =>
    [...Deno.readDirSync("/proc/self/fd")].filter(({ name }) => {
      try {
        return /ptmx/.test(Deno.readLinkSync(`/proc/self/fd/${name}`));
      } catch {
        return false;
      }
    }).length;
  await start("true").ended;
  const before = open();
  for (let round = 0; round < 5; round++) {
    const session = start("echo there; sleep 1000");
    await session.says(/there/);
    session.process.kill("SIGHUP");
    await Promise.all([session.ended, session.process.exit]);
  }
  assert.equal(open(), before);
});
