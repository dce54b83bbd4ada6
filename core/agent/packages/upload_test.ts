import assert from "node:assert/strict";
import { ProblemError } from "../../base/mod.ts";
import { entryOf, readUpload } from "./upload.ts";

function upload(...paths: string[]) {
  const file = { base64: btoa("text"), executable: false };
  return { files: Object.fromEntries(paths.map((path) => [path, file])) };
}

function codeOf(work: () => unknown): string {
  try {
    work();
    return "none";
  } catch (error) {
    if (error instanceof ProblemError) return error.problem.code;
    throw error;
  }
}

Deno.test("readUpload() refuses paths that lead out, bytes that are none, and nothing at all", () => {
  for (const path of ["/etc/passwd", "../x", "a/../../x", "a//b", "a\\b", "", "."]) {
    assert.equal(codeOf(() => readUpload(upload(path))), "AGENT_UPLOAD_INVALID", path);
  }
  const broken = { files: { x: { base64: "%%%", executable: false } } };
  assert.equal(codeOf(() => readUpload(broken)), "AGENT_UPLOAD_INVALID");
  assert.equal(codeOf(() => readUpload(upload())), "AGENT_UPLOAD_INVALID");
  assert.deepEqual([...readUpload(upload("b", "a/c")).keys()], ["a/c", "b"]);
});

Deno.test("entryOf() finds the file that a template starts with, or says why it cannot", () => {
  const entry = (named: string | undefined, ...paths: string[]) =>
    entryOf(readUpload(upload(...paths)), named);
  assert.equal(entry(undefined, "shop.yaml", "web.sh"), "shop.yaml");
  assert.equal(entry(undefined, "a.yaml", "service.yaml"), "service.yaml");
  assert.equal(entry("b.yaml", "a.yaml", "b.yaml"), "b.yaml");
  assert.equal(codeOf(() => entry(undefined, "a.yaml", "b.yaml")), "AGENT_TEMPLATE_ENTRY");
  assert.equal(codeOf(() => entry(undefined, "web.sh")), "AGENT_TEMPLATE_ENTRY");
  assert.equal(codeOf(() => entry("c.yaml", "a.yaml")), "AGENT_TEMPLATE_ENTRY");
});
