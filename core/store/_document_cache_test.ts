import assert from "node:assert/strict";
import type { FileInfo } from "../ports/mod.ts";
import { DocumentCache } from "./_document_cache.ts";

function info(inode: number, sizeBytes = 10): FileInfo {
  return {
    ...{ kind: "file", sizeBytes, modifiedMs: 0, mode: 0o644, uid: 0, gid: 0 } as const,
    ...{ device: 1, inode, links: 1 },
  };
}

Deno.test("get() knows a document again only by the file that it was read from", () => {
  const cache = new DocumentCache();
  cache.put("/a.1", info(1), "one");
  assert.equal(cache.get("/a.1", info(1)), "one");
  assert.equal(cache.get("/a.1", info(2)), undefined);
  assert.equal(cache.get("/a.1", { ...info(1), modifiedMs: 1 }), undefined);
  assert.equal(cache.get("/a.2", info(1)), undefined);
});

Deno.test("put() drops what was used least lately when there is too much", () => {
  const cache = new DocumentCache();
  const third = 1400 * 1024;
  cache.put("/a.1", info(1, third), "one");
  cache.put("/a.2", info(2, third), "two");
  cache.get("/a.1", info(1, third));
  cache.put("/a.3", info(3, third), "three");
  assert.equal(cache.get("/a.2", info(2, third)), undefined);
  assert.equal(cache.get("/a.1", info(1, third)), "one");
  cache.put("/a.4", info(4, 5 * 1024 * 1024), "four");
  assert.equal(cache.get("/a.4", info(4, 5 * 1024 * 1024)), undefined);
});
