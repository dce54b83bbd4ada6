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
  const eighth = 2 * 1024 * 1024;
  for (let each = 1; each <= 8; each++) cache.put(`/a.${each}`, info(each, eighth), document(each));
  cache.get("/a.1", info(1, eighth));
  cache.put("/a.9", info(9, eighth), document(9));
  assert.equal(cache.get("/a.2", info(2, eighth)), undefined);
  assert.equal(cache.get("/a.1", info(1, eighth))?.generation, 1);
});

Deno.test("put() leaves out a document that would drive out many others", () => {
  const cache = new DocumentCache();
  cache.put("/a.1", info(1), document(1));
  cache.put("/a.2", info(2, 3 * 1024 * 1024), document(2));
  assert.equal(cache.get("/a.2", info(2, 3 * 1024 * 1024)), undefined);
  assert.equal(cache.get("/a.1", info(1))?.generation, 1);
});

Deno.test("get() still knows all documents of 1,000 services the second time they are listed", () => {
  const cache = new DocumentCache();
  const bytes = 7 * 1024;
  for (let each = 0; each < 2_000; each++) cache.put(`/${each}.1`, info(each, bytes), document(1));
  for (let each = 0; each < 2_000; each++) assert.ok(cache.get(`/${each}.1`, info(each, bytes)));
});
