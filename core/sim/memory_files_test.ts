import assert from "node:assert/strict";
import { FileError } from "../ports/mod.ts";
import { Faults } from "./faults.ts";
import { MemoryDisk } from "./memory_disk.ts";
import { MemoryFiles, MemoryLocks } from "./memory_files.ts";
import { VirtualClock } from "./virtual_clock.ts";

async function withFiles(): Promise<{ disk: MemoryDisk; files: MemoryFiles }> {
  const disk = new MemoryDisk();
  const files = new MemoryFiles(disk);
  await files.makeDirectory("/a/b", { parents: true });
  disk.syncAll();
  return { disk, files };
}

async function rejects(work: Promise<unknown>, code: string): Promise<void> {
  await assert.rejects(work, (error) => error instanceof FileError && error.code === code);
}

Deno.test("MemoryFiles keeps to POSIX: errors, links, renames", async () => {
  const { files } = await withFiles();
  await files.writeNew("/a/one", "1");
  await rejects(files.writeNew("/a/one", "2"), "EEXIST");
  await rejects(files.readText("/a/two"), "ENOENT");
  await rejects(files.readText("/a/one/x"), "ENOTDIR");
  await rejects(files.writeNew("/c/one", "1"), "ENOENT");
  await rejects(files.remove("/a/b"), "EISDIR");
  await rejects(files.removeDirectory("/a"), "ENOTEMPTY");
  await rejects(files.makeDirectory("/a"), "EEXIST");
  await files.makeDirectory("/a/b", { parents: true });

  await files.link("/a/one", "/a/two");
  await rejects(files.link("/a/one", "/a/two"), "EEXIST");
  assert.equal((await files.stat("/a/one"))!.links, 2);
  await files.rename("/a/one", "/a/b/three");
  assert.deepEqual(await files.list("/a"), ["b", "two"]);
  await files.remove("/a/two");
  assert.equal((await files.stat("/a/b/three"))!.links, 1);
  assert.equal(await files.stat("/a/two"), undefined);
});

Deno.test("MemoryFiles follows symbolic links, but not a last one in stat()", async () => {
  const { disk, files } = await withFiles();
  await files.writeNew("/a/b/file", "text");
  disk.symlink("/a/b", "/link");
  disk.symlink("../a/b/file", "/a/up");
  disk.symlink("/loop", "/loop");
  assert.equal(await files.readText("/link/file"), "text");
  assert.equal(await files.realPath("/link/../up"), "/a/b/file");
  assert.equal((await files.stat("/link"))!.kind, "symlink");
  await rejects(files.readText("/loop"), "ELOOP");
});

Deno.test("powerLoss() takes names that no directory sync kept, and unsynced bytes", async () => {
  const { disk, files } = await withFiles();
  await files.writeNew("/a/kept", "1");
  await files.syncDirectory("/a");
  await files.writeNew("/a/lost", "2");
  await files.append("/a/kept", "2", { sync: true });
  await files.append("/a/kept", "3");
  await files.link("/a/kept", "/a/b/lost");
  disk.powerLoss();
  assert.deepEqual(disk.texts(), { "/a/kept": "12" });
  assert.equal((await files.stat("/a/kept"))!.links, 1);
});

Deno.test("Faults stops the process before, in the middle of, or after an effect", async () => {
  const left: Record<string, string[]> = {};
  for (const moment of ["before", "torn", "after"] as const) {
    const { disk } = await withFiles();
    const faults = new Faults({ stopAt: { effect: 2, moment } });
    const files = new MemoryFiles(disk, faults);
    const work = (async () => {
      await files.writeNew("/a/1", "one");
      await files.writeNew("/a/2", "four");
      await files.writeNew("/a/3", "three");
    })();
    await Promise.race([work, faults.stopped()]);
    left[moment] = Object.entries(disk.texts()).flat();
  }
  assert.deepEqual(left, {
    before: ["/a/1", "one"],
    torn: ["/a/1", "one", "/a/2", "fo"],
    after: ["/a/1", "one", "/a/2", "four"],
  });
});

Deno.test("Faults fails by rule, with the deed done where the reply was lost", async () => {
  const { disk } = await withFiles();
  const faults = new Faults();
  const files = new MemoryFiles(disk, faults);
  const full = faults.add({
    operations: ["writeNew"],
    subject: /^\/a\//,
    skip: 1,
    times: 1,
    fault: { fail: "ENOSPC" },
  });
  await files.writeNew("/a/1", "");
  await rejects(files.writeNew("/a/2", ""), "ENOSPC");
  await files.writeNew("/a/2", "");
  full();
  faults.add({ operations: ["link"], fault: { doneButFails: "EEXIST" } });
  await rejects(files.link("/a/1", "/a/3"), "EEXIST");
  assert.equal((await files.stat("/a/1"))!.links, 2);
});

Deno.test("Faults hangs an operation until its rule is lifted", async () => {
  const clock = new VirtualClock();
  const { disk } = await withFiles();
  const faults = new Faults({ clock });
  const files = new MemoryFiles(disk, faults);
  const lift = faults.add({ fault: { hang: true } });
  const listed = files.list("/a");
  clock.schedule(1_000, lift);
  assert.deepEqual(await clock.run(listed), ["b"]);
  assert.equal(clock.monotonicMs(), 1_000);
});

Deno.test("list() may be stale for as long as a rule says", async () => {
  const clock = new VirtualClock();
  const disk = new MemoryDisk(() => clock.nowMs());
  const stale = new MemoryFiles(
    disk,
    new Faults({ rules: [{ operations: ["list"], fault: { staleListMs: 60_000 } }] }),
  );
  assert.deepEqual(await stale.list("/"), []);
  await new MemoryFiles(disk).writeNew("/new", "");
  assert.deepEqual(await stale.list("/"), []);
  await clock.advance(60_000);
  assert.deepEqual(await stale.list("/"), ["new"]);
});

Deno.test("MemoryFiles sees mounted disks, and cannot link across them", async () => {
  const { disk } = await withFiles();
  const shared = new MemoryDisk();
  const files = new MemoryFiles(disk, new Faults(), [{ at: "/mnt/state", disk: shared }]);
  await files.writeNew("/mnt/state/cluster.yaml", "x");
  assert.deepEqual(shared.texts(), { "/cluster.yaml": "x" });
  assert.equal(await files.realPath("/mnt/state/cluster.yaml"), "/mnt/state/cluster.yaml");
  await rejects(files.link("/mnt/state/cluster.yaml", "/a/x"), "EXDEV");
  assert.deepEqual(await files.list("/mnt/state"), ["cluster.yaml"]);
});

Deno.test("MemoryLocks are exclusive, go with their process, and may be lost", async () => {
  const { disk } = await withFiles();
  const faults = new Faults();
  const mine = new MemoryLocks(new MemoryFiles(disk, faults), faults);
  const theirs = new Faults();
  const other = new MemoryLocks(new MemoryFiles(disk, theirs), theirs);
  const held = await mine.tryLock("/a/lock");
  assert.equal(await other.tryLock("/a/lock"), undefined);
  await held!.release();
  await held!.release();
  await mine.tryLock("/a/lock");
  const lift = theirs.add({ fault: { lostLock: true } });
  assert.ok(await other.tryLock("/a/lock"));
  lift();
  theirs.stop();
  faults.stop();
  assert.ok(await new MemoryLocks(new MemoryFiles(disk)).tryLock("/a/lock"));
});
