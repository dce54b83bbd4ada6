import assert from "node:assert/strict";
import { MemoryDisk, MemoryFiles } from "../sim/mod.ts";
import { letOthersPass } from "./let_others_pass.ts";

Deno.test("letOthersPass() adds the right to pass a directory, and no other right", async () => {
  const disk = new MemoryDisk();
  disk.makeDirectory("/own", 0o700, true);
  disk.writeNew("/file", new Uint8Array(), 0o600);
  const files = new MemoryFiles(disk);
  for (const path of ["/own", "/own", "/file", "/nowhere"]) await letOthersPass(files, path);
  assert.deepEqual([disk.stat("/own")?.mode, disk.stat("/file")?.mode], [0o711, 0o600]);
});
