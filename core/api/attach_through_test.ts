import assert from "node:assert/strict";
import { fail, type Problem, problem } from "../base/mod.ts";
import type { AttachElsewhere } from "../agent/mod.ts";
import type { AttachedProcess } from "../ports/mod.ts";
import { fakeAgent, serveInMemory } from "../../tests/support/fake_agent.ts";
import { attachThrough } from "./attach_through.ts";
import { encodeFrame } from "./attach_frame.ts";
import { Client, type Connection } from "./client.ts";
import { ProblemsError } from "./problems_error.ts";

const ref = { namespace: "default", service: "hello" };

function request(follow = false): AttachElsewhere {
  const host = { id: "bravo", api: { host: "10.0.0.2", port: 7947 } };
  return { host, ref, instance: "web-0", show: { logs: { lines: 5, follow } } };
}

async function read({ stdout, stderr, exit }: AttachedProcess) {
  const [out, error] = await Promise.all([
    new Response(stdout as ReadableStream<Uint8Array<ArrayBuffer>>).text(),
    new Response(stderr as ReadableStream<Uint8Array<ArrayBuffer>>).text(),
  ]);
  return { out, error, exit: await exit };
}

Deno.test("attachThrough() shows the log of an instance on another host, which asks nobody else", async () => {
  const agent = fakeAgent();
  const process = attachThrough(new Client(serveInMemory(agent)), request());
  assert.deepEqual(await read(process), { out: "one\ntwo\n", error: "", exit: 0 });
  assert.deepEqual(agent.calls, [["logs", ref, "web-0", { lines: 5, follow: false, here: true }]]);
});

Deno.test("attachThrough() says on standard error why there is no log", async () => {
  const agent = fakeAgent({
    logs: () =>
      fail("AGENT_INSTANCE_UNKNOWN", { what: "There is no such instance", why: "It moved" }),
  });
  const process = attachThrough(new Client(serveInMemory(agent)), request());
  assert.deepEqual(await read(process), {
    out: "",
    error: "There is no such instance: It moved\n",
    exit: 1,
  });
});

Deno.test("attachThrough() says which host's agent went away while its log was followed", async () => {
  const connection = {
    ...serveInMemory(fakeAgent()),
    fetch: () => {
      const lost = new ReadableStream({
        pull: (controller) => controller.error(new Error("aborted")),
      });
      return Promise.resolve(new Response(lost));
    },
  };
  const process = attachThrough(new Client(connection), request(true));
  const { error, exit } = await read(process);
  assert.deepEqual([error, exit], ['The log ends here: the agent of host "bravo" went away\n', 1]);
});

/** A connection whose socket answers a command with one problem, or is lost where there is none. */
function answering(problem?: Problem) {
  return {
    ...serveInMemory(fakeAgent()),
    openSocket: (
      _address: string,
      on: { readonly message: (data: unknown) => void; readonly close: () => void },
    ) => {
      queueMicrotask(() => {
        if (problem) {
          on.message(encodeFrame("problem", JSON.stringify({ problems: [problem] })).buffer);
        } else on.close();
      });
      const socket = { readyState: WebSocket.OPEN, send() {}, close() {} };
      return Promise.resolve(socket as unknown as WebSocket);
    },
  };
}

async function problemOf(connection: ReturnType<typeof answering>): Promise<Problem> {
  const run = { ...request(), show: { exec: ["nonesuch"] } };
  const failed = read(attachThrough(new Client(connection as Connection), run));
  const error = await failed.then(() => undefined, (error) => error);
  assert(error instanceof ProblemsError);
  return error.problems[0];
}

Deno.test("attachThrough() says on which host a command cannot be run", async () => {
  const missing = problem("PLATFORM_COMMAND_MISSING", { what: "It is not on this host" });
  assert.deepEqual((await problemOf(answering(missing))).where, { host: "bravo" });
});

Deno.test("attachThrough() says which host's agent went away while a command ran", async () => {
  const { code, what } = await problemOf(answering());
  assert.equal(code, "API_CONNECTION_LOST");
  assert.match(what, /the agent of host "bravo" went away/);
});

Deno.test("attachThrough() fails the exit of a command that cannot be run", async () => {
  const process = attachThrough(new Client(serveInMemory(fakeAgent())), {
    ...request(),
    show: { exec: ["true"] },
  });
  await assert.rejects(read(process), /no sockets in memory/);
});

Deno.test("attachThrough() leaves a command whose reader goes away while the socket is being opened", async () => {
  const opening = Promise.withResolvers<WebSocket>();
  const connection = {
    ...serveInMemory(fakeAgent()),
    openSocket: () => opening.promise,
  };
  const process = attachThrough(new Client(connection), { ...request(), show: { exec: ["cat"] } });
  process.kill("SIGHUP");
  let isClosed = false;
  opening.resolve({
    readyState: WebSocket.OPEN,
    send() {},
    close: () => void (isClosed = true),
  } as unknown as WebSocket);
  await assert.rejects(read(process), /was ended/);
  assert(isClosed, "the other agent is told that nobody reads any more");
});
