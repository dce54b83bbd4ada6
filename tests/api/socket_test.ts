import assert from "node:assert/strict";
import { Client, ProblemsError } from "../../core/api/mod.ts";
import { ApiServer } from "../../core/api/server/mod.ts";
import { fail, type ProblemError } from "../../core/base/mod.ts";
import { LocalLocks, systemClock, SystemProcesses } from "../../core/platform/mod.ts";
import {
  connectToSocket,
  serveOnSocket,
  upgradeToWebSocket,
} from "../../core/platform/http/mod.ts";
import type { UseCases } from "../../core/agent/mod.ts";
import { fakeAgent, silent } from "../support/fake_agent.ts";

const help = { startCommand: "khutulun seed" };
const hello = { namespace: "default", name: "hello" };

/** Serves a fake agent on a real socket, with real processes behind `exec`. */
async function withAgent(
  test: (client: Client, path: string) => Promise<void>,
  overrides: Partial<UseCases> = {},
): Promise<void> {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/run/agent.sock`;
  const processes = new SystemProcesses(systemClock);
  const api = new ApiServer({
    agent: fakeAgent(overrides),
    attach: (command, terminal) => processes.attach({ ...command, terminal }),
    upgrade: upgradeToWebSocket,
    version: "0.1.0",
    logger: silent,
  });
  const server = await serveOnSocket(path, (request) => api.fetch(request), new LocalLocks());
  const client = new Client(connectToSocket(path, help));
  try {
    await test(client, path);
  } finally {
    client.close();
    api.close();
    await server.close();
    await Deno.remove(directory, { recursive: true });
  }
}

function exec(client: Client, argv: string[], input = "", signal?: AbortSignal) {
  let stdout = "";
  let stderr = "";
  const code = client.exec({ path: hello, query: { instance: "web-0", argv } }, {
    stdin: new Blob([input]).stream(),
    stdout: (bytes) => stdout += new TextDecoder().decode(bytes),
    stderr: (bytes) => stderr += new TextDecoder().decode(bytes),
  }, signal);
  return code.then((code) => ({ code, stdout, stderr }));
}

async function rejectsWith(code: string, action: () => Promise<unknown>): Promise<void> {
  await assert.rejects(action, (error) => {
    const problem = error instanceof ProblemsError
      ? error.problems[0]
      : (error as ProblemError).problem;
    assert.equal(problem?.code, code);
    return true;
  });
}

Deno.test("Client speaks to an agent over its socket", async () => {
  await withAgent(async (client, path) => {
    assert.equal((await client.call("status", {})).host, "alpha");
    assert.equal(Deno.statSync(path.replace(/\/[^/]*$/, "")).mode! & 0o777, 0o700);
    assert.equal(Deno.statSync(path).mode! & 0o777, 0o600);
  });
});

Deno.test("Client.exec() joins input, output, errors and exit code of a command", async () => {
  await withAgent(async (client) => {
    const script = "cat; echo wrong >&2; exit 3";
    assert.deepEqual(await exec(client, ["sh", "-c", script], "a line\n"), {
      code: 3,
      stdout: "a line\n",
      stderr: "wrong\n",
    });
    const large = "x".repeat(300_000);
    assert.equal((await exec(client, ["cat"], large)).stdout, large);
  });
});

const megabyte = 1024 * 1024;

/** Resolves once it is so; a hang guard ends the wait. */
async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo(); tries++) {
    assert.ok(tries < 6_000, `it never was so: ${isSo}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

Deno.test("Client.exec() lets a command wait for who reads its output slowly, and loses nothing", async () => {
  await withAgent(async (client) => {
    const opened = Promise.withResolvers<void>();
    let received = 0;
    const argv = ["head", "-c", String(20 * megabyte), "/dev/zero"];
    const ended = client.exec({ path: hello, query: { instance: "web-0", argv } }, {
      stdout: (bytes) => {
        received += bytes.length;
        return opened.promise;
      },
      stderr: () => {},
    });
    await until(() => received >= megabyte);
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.ok(received <= 2 * megabyte, `${received} bytes came`);
    opened.resolve();
    assert.equal(await ended, 0);
    assert.equal(received, 20 * megabyte);
  });
});

Deno.test("Client.exec() sends no more input than a command reads", async () => {
  await withAgent(async (client) => {
    const leaving = new AbortController();
    let pulled = 0;
    const stdin = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 65_536;
        controller.enqueue(new Uint8Array(65_536));
      },
    });
    const argv = ["sleep", "1000"];
    const ended = client.exec(
      { path: hello, query: { instance: "web-0", argv } },
      { stdin, stdout: () => {}, stderr: () => {} },
      leaving.signal,
    );
    await until(() => pulled >= megabyte);
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.ok(pulled <= 3 * megabyte, `${pulled} bytes were read`);
    leaving.abort();
    await assert.rejects(ended);
  });
});

Deno.test("Client.exec() throws what kept the command from running", async () => {
  await withAgent(async (client) => {
    await rejectsWith("AGENT_INSTANCE_UNKNOWN", () => exec(client, ["true"]));
  }, { exec: () => fail("AGENT_INSTANCE_UNKNOWN", { what: "There is no such instance" }) });
});

Deno.test("Client.exec() hangs up the command when it is aborted", async () => {
  await withAgent(async (client) => {
    const directory = await Deno.makeTempDir();
    const leaving = new AbortController();
    const script =
      `trap 'echo gone >${directory}/gone; exit' HUP; echo >${directory}/there; while :; do sleep 0.1; done`;
    const ended = assert.rejects(() => exec(client, ["sh", "-c", script], "", leaving.signal));
    await appears(`${directory}/there`);
    leaving.abort();
    await ended;
    await appears(`${directory}/gone`);
    await Deno.remove(directory, { recursive: true });
  });
});

Deno.test("serveOnSocket() refuses where an agent serves, and replaces what a killed one left", async () => {
  await withAgent(async (_, path) => {
    const other = () => serveOnSocket(path, () => Promise.reject(), new LocalLocks());
    await rejectsWith("API_AGENT_RUNNING", other);
    const stale = path.replace("agent.sock", "stale.sock");
    Deno.listen({ transport: "unix", path: stale }).close();
    const server = await serveOnSocket(
      stale,
      () => Promise.resolve(new Response("{}")),
      new LocalLocks(),
    );
    const client = connectToSocket(stale, help);
    assert.equal((await client.fetch("/", { method: "GET" })).status, 200);
    client.close();
    await server.close();
  });
});

Deno.test("serveOnSocket() refuses a path that no socket can have", async () => {
  const path = `/tmp/${"x".repeat(120)}/agent.sock`;
  await rejectsWith(
    "API_SOCKET_PATH",
    () => serveOnSocket(path, () => Promise.reject(), new LocalLocks()),
  );
});

Deno.test("connectToSocket() says that no agent runs, with and without a socket left over", async () => {
  const directory = await Deno.makeTempDir();
  for (
    const leave of [() => {}, () => Deno.listen({ transport: "unix", path: `${directory}/s` })]
  ) {
    (leave() as Deno.Listener | undefined)?.close();
    const client = new Client(connectToSocket(`${directory}/s`, help));
    await rejectsWith("API_AGENT_NOT_RUNNING", () => client.call("status", {}));
    await rejectsWith("API_AGENT_NOT_RUNNING", () => exec(client, ["true"]));
    client.close();
  }
  await Deno.remove(directory, { recursive: true });
});

async function appears(path: string): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (await Deno.stat(path).then(() => true, () => false)) return;
    await systemClock.sleep(20);
  }
  assert.fail(`"${path}" appears`);
}
