import assert from "node:assert/strict";
import { download } from "../../core/platform/mod.ts";

Deno.test("download() fetches bytes, follows a few redirects, and bounds what it takes", async () => {
  let hops = 0;
  const never = Promise.withResolvers<Response>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/moved") return Response.redirect(new URL("/file", request.url), 302);
    if (pathname === "/around") {
      hops++;
      return Response.redirect(request.url, 302);
    }
    if (pathname === "/ftp") {
      return new Response(null, { status: 302, headers: { location: "ftp://127.0.0.1/file" } });
    }
    if (pathname === "/long") return new Response(new Uint8Array(5_000));
    if (pathname === "/slow") return never.promise;
    if (pathname !== "/file") return new Response("no", { status: 404 });
    return new Response(new Uint8Array([0, 255, 10]));
  });
  const origin = `http://127.0.0.1:${server.addr.port}`;
  const get = (path: string, timeoutMs = 30_000) =>
    download(`${origin}${path}`, { timeoutMs, bytesMax: 1_000 });
  const file = { bytes: new Uint8Array([0, 255, 10]) };
  try {
    assert.deepEqual(await get("/file"), file);
    assert.deepEqual(await get("/moved"), file);
    assert.deepEqual(await get("/around"), { failure: "the server sends on more than 5 times" });
    assert.equal(hops, 6);
    assert.match((await get("/ftp") as { failure: string }).failure, /sends on to ftp:/);
    assert.deepEqual(await get("/long"), { failure: "the file is longer than 1000 bytes" });
    assert.deepEqual(await get("/none"), { failure: "the server answers 404 Not Found" });
    assert.match((await get("/slow", 50) as { failure: string }).failure, /no answer within 50/);
  } finally {
    never.resolve(new Response());
    await server.shutdown();
  }
  assert.ok("failure" in await get("/file"), "nobody listens any more");
  assert.ok("failure" in await download("no url", { timeoutMs: 1_000, bytesMax: 10 }));
});
