import assert from "node:assert/strict";
import { fail } from "../base/mod.ts";
import type { AttachElsewhere } from "../agent/mod.ts";
import type { AttachedProcess } from "../ports/mod.ts";
import { fakeAgent, serveInMemory } from "../../tests/support/fake_agent.ts";
import { attachThrough } from "./attach_through.ts";
import { Client } from "./client.ts";

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
