import assert from "node:assert/strict";
import { networkHttp } from "../../core/platform/http_client.ts";

Deno.test("networkHttp answers with status and text, follows no redirect, and bounds what it takes", async () => {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/away") return Response.redirect("http://127.0.0.1:1/elsewhere", 302);
    if (pathname === "/long") return new Response("x".repeat(5_000));
    return new Response(`${request.method} grüezi`, { status: 201 });
  });
  const ask = (path: string, timeoutMs = 10_000) =>
    networkHttp.request({
      method: "GET",
      url: `http://127.0.0.1:${server.addr.port}${path}`,
      timeoutMs,
      bodyBytesMax: 1_000,
    });
  try {
    assert.deepEqual(await ask("/"), { status: 201, body: "GET grüezi" });
    assert.equal(
      "status" in await ask("/away") && (await ask("/away") as { status: number }).status,
      302,
    );
    assert.deepEqual(await ask("/long"), { failure: "the answer is longer than 1000 bytes" });
  } finally {
    await server.shutdown();
  }
  assert.ok("failure" in await ask("/"), "nobody listens any more");
});
