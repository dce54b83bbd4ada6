import assert from "node:assert/strict";
import { IsolatedFiles } from "../../core/platform/mod.ts";
import { FileError } from "../../core/ports/mod.ts";

/** A FIFO stands for a mount that hangs: opening it for reading blocks in the kernel until somebody writes. */
async function withFifo(work: (fifo: string, directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  const fifo = `${directory}/fifo`;
  await new Deno.Command("mkfifo", { args: [fifo] }).output();
  try {
    await work(fifo, directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Lets every reader that hangs on the FIFO go on. */
async function unblock(fifo: string): Promise<void> {
  const file = await Deno.open(fifo, { write: true, read: true });
  await new Promise((resolve) => setTimeout(resolve, 50));
  file.close();
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => "answered",
    (error) => error instanceof FileError ? error.code : "?",
  );
}

Deno.test("IsolatedFiles gives a hung operation and those behind it up at the deadline, and goes on", () =>
  withFifo(async (fifo, directory) => {
    const changes: boolean[] = [];
    const isolated = new IsolatedFiles({
      deadlineMs: 200,
      onChange: (isIsolated) => void changes.push(isIsolated),
    });
    try {
      const hung = codeOf(isolated.files.readText(fifo));
      const behind = codeOf(isolated.files.list(directory));
      let ticks = 0;
      const ticking = setInterval(() => ticks++, 10);
      assert.equal(await hung, "ETIMEDOUT");
      assert.equal(await behind, "ETIMEDOUT");
      clearInterval(ticking);
      assert.ok(ticks > 3, "the process went on while the operation hung");
      assert.equal(isolated.isIsolated, true);
      assert.equal(await codeOf(isolated.files.list(directory)), "ETIMEDOUT");
      await unblock(fifo);
      for (let left = 200; isolated.isIsolated && left > 0; left--) {
        await codeOf(isolated.files.list(directory));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      assert.deepEqual(changes, [true, false]);
      assert.deepEqual(await isolated.files.list(directory), ["fifo"]);
    } finally {
      isolated.close();
    }
  }));

Deno.test("IsolatedFiles lets go of the locks of a worker that hung", () =>
  withFifo(async (fifo, directory) => {
    const isolated = new IsolatedFiles({ deadlineMs: 200 });
    try {
      const lock = await isolated.locks.tryLock(`${directory}/lock`);
      assert.ok(lock);
      assert.equal(await codeOf(isolated.files.readText(fifo)), "ETIMEDOUT");
      await lock.release();
      await unblock(fifo);
      const other = new IsolatedFiles();
      try {
        let taken = await other.locks.tryLock(`${directory}/lock`);
        for (let left = 200; !taken && left > 0; left--) {
          await new Promise((resolve) => setTimeout(resolve, 20));
          taken = await other.locks.tryLock(`${directory}/lock`);
        }
        assert.ok(taken);
        await taken.release();
      } finally {
        other.close();
      }
    } finally {
      isolated.close();
    }
  }));

Deno.test("IsolatedFiles refuses what comes after close()", async () => {
  const isolated = new IsolatedFiles();
  isolated.close();
  assert.equal(await codeOf(isolated.files.list("/")), "ETIMEDOUT");
});

Deno.test("IsolatedFiles replaces workers that die, however many", async () => {
  let deaths = 0;
  const isolated = new IsolatedFiles({
    retryMs: 10,
    startWorker: () => {
      const dying = "data:text/javascript,throw new Error('dead')";
      const sound = new URL("../../core/platform/files_worker.ts", import.meta.url);
      return new Worker(deaths++ < 4 ? dying : sound, { type: "module" });
    },
  });
  try {
    let code = "";
    for (let left = 1_000; code !== "answered" && left > 0; left--) {
      code = await codeOf(isolated.files.list("/"));
      if (code !== "answered") await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.equal(code, "answered");
    assert.ok(deaths > 4);
  } finally {
    isolated.close();
  }
});
