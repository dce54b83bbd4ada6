import assert from "node:assert/strict";
import { IsolatedFiles, LocalFiles, LocalLocks } from "../../core/platform/mod.ts";
import { MemoryDisk, MemoryFiles, MemoryLocks } from "../../core/sim/mod.ts";
import { FileError, type Files, type Locks } from "../../core/ports/mod.ts";

interface Subject {
  readonly files: Files;
  readonly locks: Locks;
  close?(): void;
}

/** What is real, and what stands for it in simulations: all must behave the same. */
const subjects: Readonly<Record<string, (directory: string) => Subject>> = {
  LocalFiles: () => ({ files: new LocalFiles(), locks: new LocalLocks() }),
  IsolatedFiles: () => new IsolatedFiles(),
  MemoryFiles: (directory) => {
    const disk = new MemoryDisk();
    disk.makeDirectory(directory, 0o755, true);
    disk.symlink(`${directory}/x`, `${directory}/link`);
    const files = new MemoryFiles(disk);
    return { files, locks: new MemoryLocks(files) };
  },
};

function check(
  name: string,
  work: (subject: Subject, directory: string) => Promise<void>,
): void {
  for (const [kind, make] of Object.entries(subjects)) {
    Deno.test(`${kind} ${name}`, async () => {
      const directory = await Deno.makeTempDir();
      await Deno.symlink(`${directory}/x`, `${directory}/link`);
      const subject = make(directory);
      try {
        await work(subject, directory);
      } finally {
        subject.close?.();
        await Deno.remove(directory, { recursive: true });
      }
    });
  }
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "no error";
  } catch (error) {
    assert.ok(error instanceof FileError, String(error));
    return error.code;
  }
}

check("reads what was written, text and bytes", async ({ files }, directory) => {
  const path = `${directory}/a`;
  await files.writeNew(path, "grüße\n", { mode: 0o600 });
  assert.equal(await files.readText(path), "grüße\n");
  assert.deepEqual(await files.readBytes(path), new TextEncoder().encode("grüße\n"));
  assert.equal((await files.stat(path))?.mode, 0o600);
  await files.append(path, "mehr\n", { sync: true });
  assert.equal(await files.readText(path), "grüße\nmehr\n");
  assert.deepEqual(await files.list(directory), ["a", "link"]);
});

check("tells failures apart by their POSIX names", async ({ files }, directory) => {
  const path = `${directory}/a`;
  await files.writeNew(path, "");
  assert.equal(await codeOf(files.writeNew(path, "")), "EEXIST");
  assert.equal(await codeOf(files.readText(`${directory}/none`)), "ENOENT");
  assert.equal(await codeOf(files.readText(directory)), "EISDIR");
  assert.equal(await codeOf(files.readText(`${path}/under`)), "ENOTDIR");
  assert.equal(await codeOf(files.removeDirectory(directory)), "ENOTEMPTY");
  assert.equal(await codeOf(files.link(path, path)), "EEXIST");
  assert.equal(await codeOf(files.link(`${directory}/none`, `${directory}/b`)), "ENOENT");
  assert.equal(await codeOf(files.rename(`${directory}/none`, `${directory}/b`)), "ENOENT");
  assert.equal(await codeOf(files.remove(`${directory}/none`)), "ENOENT");
  await files.makeDirectory(`${directory}/empty`);
  assert.equal(await codeOf(files.remove(`${directory}/empty`)), "EISDIR");
  assert.equal(await codeOf(files.removeDirectory(path)), "ENOTDIR");
  assert.equal(await codeOf(files.list(path)), "ENOTDIR");
  assert.equal(await codeOf(files.list(`${directory}/none`)), "ENOENT");
  assert.equal(await codeOf(files.append(`${directory}/none/a`, "x")), "ENOENT");
  assert.equal(await codeOf(files.append(directory, "x")), "EISDIR");
  assert.equal(await codeOf(files.makeDirectory(`${directory}/none/a`)), "ENOENT");
  assert.equal(await codeOf(files.makeDirectory(path, { parents: true })), "EEXIST");
  assert.equal(await files.stat(`${path}/under`), undefined);
  assert.equal(await codeOf(files.realPath(`${directory}/none`)), "ENOENT");
  assert.equal(await codeOf(files.makeDirectory(directory)), "EEXIST");
});

check(
  "renames over a file and onto an empty directory, never onto a full one",
  async ({ files }, directory) => {
    await files.writeNew(`${directory}/a`, "a");
    await files.writeNew(`${directory}/b`, "b");
    await files.rename(`${directory}/a`, `${directory}/b`);
    assert.equal(await files.readText(`${directory}/b`), "a");
    assert.equal(await files.stat(`${directory}/a`), undefined);
    for (const name of ["from", "empty", "full"]) await files.makeDirectory(`${directory}/${name}`);
    await files.writeNew(`${directory}/from/x`, "x");
    await files.writeNew(`${directory}/full/y`, "y");
    assert.equal(await codeOf(files.rename(`${directory}/from`, `${directory}/full`)), "ENOTEMPTY");
    await files.rename(`${directory}/from`, `${directory}/empty`);
    assert.equal(await files.readText(`${directory}/empty/x`), "x");
  },
);

check("counts the names of a linked file and knows it again", async ({ files }, directory) => {
  await files.writeNew(`${directory}/a`, "x");
  await files.link(`${directory}/a`, `${directory}/b`);
  const [a, b] = [await files.stat(`${directory}/a`), await files.stat(`${directory}/b`)];
  assert.equal(a?.links, 2);
  assert.equal(a?.inode, b?.inode);
  await files.remove(`${directory}/a`);
  assert.equal((await files.stat(`${directory}/b`))?.links, 1);
  assert.equal(await files.stat(`${directory}/a`), undefined);
  await files.syncDirectory(directory);
});

check("does not follow a symbolic link in stat(), and resolves it in realPath()", async (
  { files },
  directory,
) => {
  await files.makeDirectory(`${directory}/x/y`, { parents: true });
  await files.makeDirectory(`${directory}/x/y`, { parents: true });
  assert.equal((await files.stat(`${directory}/link`))?.kind, "symlink");
  assert.equal(
    await files.realPath(`${directory}/link/y`),
    `${await Deno.realPath(directory)}/x/y`,
  );
});

check("holds a lock against others until it is released", async ({ locks }, directory) => {
  const path = `${directory}/lock`;
  const held = await locks.tryLock(path);
  assert.ok(held);
  assert.equal(await locks.tryLock(path), undefined);
  await held.release();
  await held.release();
  const again = await locks.tryLock(path);
  assert.ok(again);
  await again.release();
});

check("keeps errors' paths and the order of operations", async ({ files }, directory) => {
  const names = Array.from({ length: 50 }, (_, index) => `${directory}/${index}`);
  await Promise.all(names.map((name, index) => files.writeNew(name, String(index))));
  const texts = await Promise.all(names.map((name) => files.readText(name)));
  assert.deepEqual(texts, names.map((_, index) => String(index)));
  await assert.rejects(
    files.readText("/nowhere/at/all"),
    /^FileError: ENOENT: .*"\/nowhere\/at\/all"/,
  );
});

for (const kind of ["LocalFiles", "IsolatedFiles"]) {
  Deno.test(`${kind} keep locks that no other user can open, and so hold`, async () => {
    const directory = await Deno.makeTempDir({ prefix: "khutulun-locks-" });
    const subject = subjects[kind](directory);
    try {
      const old = `${directory}/old`;
      await Deno.writeTextFile(old, "");
      await Deno.chmod(old, 0o644);
      for (const path of [old, `${directory}/new`]) {
        await (await subject.locks.tryLock(path))!.release();
        assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600, path);
      }
    } finally {
      subject.close?.();
      await Deno.remove(directory, { recursive: true });
    }
  });

  Deno.test(`${kind} names what only a real disk says`, async () => {
    const subject = subjects[kind]("");
    try {
      assert.equal(await codeOf(subject.files.append("/dev/full", "x")), "ENOSPC");
      const long = `/tmp/${"l".repeat(300)}`;
      assert.equal(await codeOf(subject.files.readText(long)), "ENAMETOOLONG");
    } finally {
      subject.close?.();
    }
  });
}
