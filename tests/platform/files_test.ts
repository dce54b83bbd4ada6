import assert from "node:assert/strict";
import { IsolatedFiles, LocalFiles, LocalLocks } from "../../core/platform/mod.ts";
import { FileError, type Files, type Locks } from "../../core/ports/mod.ts";

interface Subject {
  readonly files: Files;
  readonly locks: Locks;
  close?(): void;
}

const subjects: Readonly<Record<string, () => Subject>> = {
  LocalFiles: () => ({ files: new LocalFiles(), locks: new LocalLocks() }),
  IsolatedFiles: () => new IsolatedFiles(),
};

function check(
  name: string,
  work: (subject: Subject, directory: string) => Promise<void>,
): void {
  for (const [kind, make] of Object.entries(subjects)) {
    Deno.test(`${kind} ${name}`, async () => {
      const directory = await Deno.makeTempDir();
      const subject = make();
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
  assert.deepEqual(await files.list(directory), ["a"]);
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
  assert.equal(await codeOf(files.append("/dev/full", "x")), "ENOSPC");
  assert.equal(await codeOf(files.makeDirectory(directory)), "EEXIST");
  assert.equal(await codeOf(files.readText(`${directory}/${"l".repeat(300)}`)), "ENAMETOOLONG");
});

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
  await Deno.symlink(`${directory}/x`, `${directory}/link`);
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
  assert.equal(await new LocalLocks().tryLock(path), undefined);
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
  await assert.rejects(files.readText("/nowhere/at/all"), /ENOENT: readText "\/nowhere\/at\/all"/);
});
