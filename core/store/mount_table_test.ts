import assert from "node:assert/strict";
import { mountOf, parseMounts, unfitOptions } from "./mount_table.ts";

const table = parseMounts([
  "24 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard",
  "30 24 0:27 / /mnt/a\\040b rw - tmpfs tmpfs rw,size=1k",
  "31 24 0:28 / /mnt/state rw,noatime shared:7 master:2 - nfs4 server:/export rw,vers=4.2,local_lock=none",
  "32 31 0:29 / /mnt/state/old rw - nfs server:/old rw,vers=3,nolock,local_lock=all",
  "33 24 0:30 / /mnt/state ro - ext4 /dev/vdb rw",
  "",
].join("\n"));

Deno.test("mountOf() finds the longest mount point, the last one mounted where two are equal", () => {
  assert.equal(mountOf(table, "/home")?.type, "ext4");
  assert.equal(mountOf(table, "/mnt/a b/state")?.type, "tmpfs");
  assert.equal(mountOf(table, "/mnt/state/old/x")?.type, "nfs");
  assert.equal(mountOf(table, "/mnt/state")?.source, "/dev/vdb");
  assert.equal(mountOf(table, "/mnt/stately")?.at, "/");
});

Deno.test("unfitOptions() refuses read-only mounts and locks that hold on one host alone", () => {
  const why = (options: string[]) =>
    unfitOptions({ at: "/s", type: "nfs4", source: "x", options })?.why;
  assert.equal(why(["rw", "vers=4.2", "local_lock=none"]), undefined);
  assert.equal(why(["rw", "local_lock=posix"]), undefined);
  assert.match(why(["ro"])!, /read-only/);
  assert.match(why(["rw", "nolock"])!, /"nolock"/);
  assert.match(why(["rw", "local_lock=flock"])!, /"local_lock=flock"/);
  assert.match(why(["rw", "local_lock=all"])!, /"local_lock=all"/);
});
