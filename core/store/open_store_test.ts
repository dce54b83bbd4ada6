import assert from "node:assert/strict";
import {
  MemoryState,
  problemCodeOf,
  walkCrashes,
  walkFailures,
} from "../../tests/support/memory_store.ts";
import { createCluster } from "./create_cluster.ts";
import { openStore } from "./open_store.ts";

const test = { name: "test", mode: "user" } as const;

function write(state: MemoryState, path: string, text: string): void {
  state.disk.writeNew(path, new TextEncoder().encode(text), 0o644);
}

Deno.test("createCluster() makes a state that openStore() opens and knows again", async () => {
  const state = new MemoryState();
  await state.clock.run((async () => {
    const made = await (await createCluster(state.life().options, test)).cluster();
    assert.match(made.id, /^[0-9a-f]{32}$/);
    const store = await openStore(state.life().options, { cluster: made.id });
    assert.deepEqual(await store.cluster(), made);
    assert.deepEqual(await store.namespaces(), ["common", "default"]);
    assert.deepEqual(await store.services(), []);
    assert.deepEqual(await store.hosts(), []);
  })());
  assert.equal(state.disk.stat("/state/secrets")?.mode, 0o700);
  assert.deepEqual(state.temporaryFiles(), []);
});

Deno.test("createCluster() refuses a directory with a cluster or with something else in it", async () => {
  const seeded = await MemoryState.seeded();
  const create = (state: MemoryState) =>
    state.clock.run(problemCodeOf(createCluster(state.life().options, test)));
  assert.equal(await create(seeded), "STATE_EXISTS");
  const strange = new MemoryState();
  strange.disk.makeDirectory("/state", 0o755, true);
  write(strange, "/state/photo.jpg", "");
  assert.equal(await create(strange), "STATE_NOT_A_CLUSTER");
  const empty = new MemoryState();
  empty.disk.makeDirectory("/state/lost+found", 0o700, true);
  assert.equal(await create(empty), "none");
});

Deno.test("createCluster() by two at once makes one cluster", async () => {
  const state = new MemoryState();
  const codes = await state.clock.run(
    Promise.all([1, 2].map(() => problemCodeOf(createCluster(state.life().options, test)))),
  );
  assert.deepEqual(codes.sort(), ["STATE_EXISTS", "none"]);
});

Deno.test("createCluster() killed at any effect has made a cluster or can be done again", async () => {
  await walkCrashes(
    () => Promise.resolve(new MemoryState()),
    (options) => createCluster(options, { ...test, id: "c1" }),
    async ({ state, end, where }) => {
      await state.clock.run((async () => {
        const opened = await problemCodeOf(openStore(state.life().options));
        if (end === "acknowledged") assert.equal(opened, "none", where);
        if (opened !== "none") await createCluster(state.life().options, { ...test, id: "c1" });
        const store = await openStore(state.life().options, { cluster: "c1" });
        assert.deepEqual(await store.namespaces(), ["common", "default"], where);
      })());
    },
  );
});

Deno.test("openStore() tells apart why there is no state for it", async () => {
  const open = (state: MemoryState, cluster?: string) =>
    state.clock.run(problemCodeOf(openStore(state.life().options, { cluster })));
  const state = new MemoryState();
  assert.equal(await open(state), "STATE_MISSING");
  state.disk.makeDirectory("/state", 0o755, true);
  assert.equal(await open(state, "c1"), "STATE_EMPTY");
  write(state, "/state/photo.jpg", "");
  assert.equal(await open(state), "STATE_NOT_A_CLUSTER");
  const seeded = await MemoryState.seeded();
  assert.equal(await open(seeded, "c1"), "none");
  assert.equal(await open(seeded, "c2"), "STATE_OTHER_CLUSTER");
});

Deno.test("openStore() refuses a newer format, a broken cluster.yaml, and a state that cannot be written", async () => {
  const check = async (text: string): Promise<string> => {
    const state = new MemoryState();
    state.disk.makeDirectory("/state", 0o755, true);
    write(state, "/state/cluster.yaml", text);
    return await state.clock.run(problemCodeOf(openStore(state.life().options)));
  };
  const whole = "id: c1\nname: test\nmode: user\nformat: 1\ncreated: 2026-01-01T00:00:00Z\n";
  assert.equal(await check(whole), "none");
  assert.equal(await check(whole.replace("format: 1", "format: 2")), "STATE_FORMAT_NEWER");
  assert.equal(await check("id: c1\nformat: 1\n"), "STATE_DAMAGED");
  assert.equal(await check("{"), "STATE_DAMAGED");
  const seeded = await MemoryState.seeded();
  const readOnly = { operations: ["append"], fault: { fail: "EROFS" } } as const;
  const { options } = seeded.life({ rules: [readOnly] });
  assert.equal(await seeded.clock.run(problemCodeOf(openStore(options))), "STATE_READ_ONLY");
});

Deno.test("the store's parts meeting EIO anywhere answer with a problem, and work again after it", async () => {
  const ref = { namespace: "default", service: "shop" };
  const observed = { acted: 1, items: [], removed: [] };
  await walkFailures(
    () => MemoryState.seeded(),
    { fail: "EIO" },
    async (options) => {
      const store = await openStore(options);
      await store.beat("a", 1);
      await store.asked(ref).write({
        template: { namespace: "common", kind: "template", name: "t", digest: "d", entry: "e" },
        inputs: {},
        plugins: {},
        asked: { at: "now", by: "me" },
      }, 0);
      await store.observed(ref, "a").write(observed);
      await store.services();
      await store.removeService(ref, undefined);
    },
    async ({ state, where }) => {
      await state.clock.run((async () => {
        const store = await openStore(state.life().options);
        await store.beat("a", 2);
        assert.match(await store.heartbeat("a") ?? "", /^b1 2 /, where);
        await store.removeService(ref, undefined);
        assert.deepEqual(await store.services(), [], where);
      })());
    },
  );
});
