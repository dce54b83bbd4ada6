import assert from "node:assert/strict";
import { NetworkProbes } from "../../core/platform/probes.ts";

const probes = new NetworkProbes();

Deno.test("tcp() tells a listening socket from a closed one", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  assert.deepEqual(await probes.tcp("127.0.0.1", port, 5_000), {
    ok: true,
    detail: "accepts connections",
  });
  listener.close();
  assert.deepEqual(await probes.tcp("127.0.0.1", port, 5_000), {
    ok: false,
    detail: "connection refused",
  });
});

Deno.test("http() takes 2xx and 3xx for an answer, and gives up at its deadline", async () => {
  const hung = Promise.withResolvers<Response>();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      const path = new URL(request.url).pathname;
      if (path === "/hang") return hung.promise;
      return new Response("", { status: Number(path.slice(1)) });
    },
  );
  const at = (path: string) => `http://127.0.0.1:${server.addr.port}${path}`;
  assert.equal((await probes.http(at("/200"), 5_000)).ok, true);
  assert.equal((await probes.http(at("/302"), 5_000)).ok, true);
  assert.deepEqual(await probes.http(at("/503"), 5_000), { ok: false, detail: "answered 503" });
  assert.deepEqual(await probes.http(at("/hang"), 50), {
    ok: false,
    detail: "no answer within 50ms",
  });
  hung.resolve(new Response(""));
  await server.shutdown();
});
