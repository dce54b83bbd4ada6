import assert from "node:assert/strict";
import {
  IsolatedFiles,
  LocalFiles,
  systemClock,
  SystemProcesses,
} from "../../core/platform/mod.ts";
import { createCluster, openStore, probeMount, type Store } from "../../core/store/mod.ts";
import { testWith } from "../support/needs.ts";
import { codeOf, must, serviceSpec, shop, storeOptions } from "./_real_store.ts";

async function withDirectory(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "khutulun-mount-" });
  try {
    await work(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Mounts a file system in memory of that size for the time of `work`. */
function withTmpfs(size: string, work: (directory: string) => Promise<void>): Promise<void> {
  return withDirectory(async (directory) => {
    await must("mount", "-t", "tmpfs", "-o", `size=${size}`, "tmpfs", directory);
    try {
      await work(directory);
    } finally {
      await must("umount", "--lazy", directory);
    }
  });
}

async function latestGeneration(store: Store): Promise<number | undefined> {
  return (await store.asked(shop).latest())?.generation;
}

testWith(
  ["root"],
  "the store on a disk that fills up says so, keeps what was acknowledged, and goes on when there is room",
  () =>
    withTmpfs("1m", async (root) => {
      const store = await createCluster(storeOptions(root), { name: "t", mode: "user" });
      let acknowledged = 0;
      let code = "none";
      for (let tries = 0; code === "none" && tries < 100; tries++) {
        code = await codeOf(store.asked(shop).write(serviceSpec(60_000), acknowledged));
        if (code === "none") acknowledged++;
      }
      assert.equal(code, "STATE_FULL");
      assert.ok(acknowledged > 2);
      const reader = await openStore(storeOptions(root)).catch(() => store);
      assert.equal(await latestGeneration(reader), acknowledged);
      assert.equal((await reader.asked(shop).latest())?.spec.inputs.text, "x".repeat(60_000));
      await must("mount", "-o", "remount,size=4m", root);
      await store.asked(shop).write(serviceSpec(), acknowledged);
      assert.equal(await latestGeneration(store), acknowledged + 1);
    }),
);

testWith(
  ["root"],
  "the store on a file system that turned read-only says so, and can still be read",
  () =>
    withTmpfs("1m", async (root) => {
      const store = await createCluster(storeOptions(root), { name: "t", mode: "user" });
      await store.asked(shop).write(serviceSpec(), 0);
      await must("mount", "-o", "remount,ro", root);
      assert.equal(await codeOf(store.asked(shop).write(serviceSpec(), 1)), "STATE_READ_ONLY");
      assert.equal(await codeOf(openStore(storeOptions(root))), "STATE_READ_ONLY");
      assert.equal(await latestGeneration(store), 1);
      const probe = { ...storeOptions(root), local: new LocalFiles() };
      const failed = (await probeMount(probe)).find(({ check }) => check === "state: mount");
      assert.match(`${failed?.status} ${failed?.message}`, /^failed .*read-only$/);
      await must("mount", "-o", "remount,rw", root);
      await store.asked(shop).write(serviceSpec(), 1);
    }),
);

testWith(
  ["root", "fuse", "bindfs"],
  "a mount that hangs is given up at the deadline, and used again once it answers",
  () =>
    withDirectory(async (directory) => {
      const [behind, root] = [`${directory}/behind`, `${directory}/mount`];
      for (const each of [behind, root]) await Deno.mkdir(each);
      const server = new Deno.Command("bindfs", {
        args: ["-f", behind, root],
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).spawn();
      const isolated = new IsolatedFiles({ deadlineMs: 1_000 });
      try {
        await until(() => Deno.readTextFileSync("/proc/self/mountinfo").includes(` ${root} `));
        const store = await createCluster(storeOptions(root, isolated), {
          name: "t",
          mode: "user",
        });
        await store.asked(shop).write(serviceSpec(), 0);
        Deno.kill(server.pid, "SIGSTOP");
        let ticks = 0;
        const ticking = setInterval(() => ticks++, 10);
        const codes = await Promise.all([
          codeOf(store.asked(shop).write(serviceSpec(), 1)),
          codeOf(store.hosts()),
          codeOf(store.beat("a", 1)),
        ]);
        clearInterval(ticking);
        assert.deepEqual(codes, Array(3).fill("STATE_UNREACHABLE"));
        assert.ok(ticks > 20, `the process went on: ${ticks} ticks`);
        assert.equal(isolated.isIsolated, true);
        const startMs = performance.now();
        assert.equal(await codeOf(store.hosts()), "STATE_UNREACHABLE");
        assert.ok(performance.now() - startMs < 5_000, "isolated, it fails at once");
        Deno.kill(server.pid, "SIGCONT");
        await until(async () => await codeOf(store.hosts()) === "none");
        assert.equal(isolated.isIsolated, false);
        const generation = await latestGeneration(store);
        assert.ok(generation === 1 || generation === 2, "what timed out has happened or has not");
        await store.asked(shop).write(serviceSpec(), generation);
        assert.equal(await latestGeneration(store), generation + 1);
      } finally {
        Deno.kill(server.pid, "SIGCONT");
        isolated.close();
        await must("umount", "--lazy", root);
        await server.status;
      }
    }),
);

Deno.test("probeMount() finds a local disk fit, with locks that hold between processes", () =>
  withDirectory(async (root) => {
    await createCluster(storeOptions(root), { name: "t", mode: "user" });
    const before = [...Deno.readDirSync(root)].map(({ name }) => name).sort();
    const processes = new SystemProcesses(systemClock);
    const options = {
      ...storeOptions(root),
      local: new LocalFiles(),
      uid: Deno.uid() ?? undefined,
    };
    const findings = await probeMount({ ...options, processes });
    const wrong = findings.filter(({ status }) => status === "failed" || status === "warning");
    assert.deepEqual(wrong, []);
    const locks = findings.find(({ check }) => check === "state: locks")?.message;
    const expected = await processes.which("flock") ? /between processes/ : /not here/;
    assert.match(locks ?? "", expected);
    assert.deepEqual([...Deno.readDirSync(root)].map(({ name }) => name).sort(), before);
  }));

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let left = 1_000; left > 0; left--) {
    if (await isSo()) return;
    await systemClock.sleep(20);
  }
  assert.fail("it never came to be");
}
