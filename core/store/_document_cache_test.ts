import assert from "node:assert/strict";
import type { FileInfo } from "../ports/mod.ts";
import { DocumentCache } from "./_document_cache.ts";
import type { StateDocument } from "./documents.ts";

function document(generation: number): StateDocument<unknown> {
  return { format: 1, kind: "x", generation, epoch: 1, writer: { host: "a", boot: "b" }, spec: {} };
}

function info(inode: number, sizeBytes = 10): FileInfo {
  return {
    ...{ kind: "file", sizeBytes, modifiedMs: 0, mode: 0o644, uid: 0, gid: 0 } as const,
    ...{ device: 1, inode, links: 1 },
  };
}

Deno.test("get() knows a document again only by the file that it was read from", () => {
  const cache = new DocumentCache();
  cache.put("/a.1", info(1), document(1));
  assert.equal(cache.get("/a.1", info(1))?.generation, 1);
  assert.equal(cache.get("/a.1", info(2)), undefined);
  assert.equal(cache.get("/a.1", { ...info(1), modifiedMs: 1 }), undefined);
  assert.equal(cache.get("/a.2", info(1)), undefined);
});

Deno.test("put() drops what was used least lately when there is too much", () => {
  const cache = new DocumentCache();
  const third = 700 * 1024;
  for (const each of [1, 2]) cache.put(`/a.${each}`, info(each, third), document(each));
  cache.get("/a.1", info(1, third));
  cache.put("/a.3", info(3, third), document(3));
  assert.equal(cache.get("/a.2", info(2, third)), undefined);
  assert.equal(cache.get("/a.1", info(1, third))?.generation, 1);
  cache.put("/a.4", info(4, 3 * 1024 * 1024), document(4));
  assert.equal(cache.get("/a.4", info(4, 3 * 1024 * 1024)), undefined);
});
