import assert from "node:assert/strict";
import { Call, type Clout } from "../clout/mod.ts";
import { MemoryState, problemCodeOf, walkCrashes } from "../../tests/support/memory_store.ts";
import type { HostSpec } from "./documents.ts";
import { openStore } from "./open_store.ts";

const ref = { namespace: "default", service: "shop" };
const observed = { acted: 1, items: [], removed: [{ id: "web-0", epoch: 2 }] };

const clout: Clout = {
  service: {
    metadata: new Map(),
    inputs: new Map([["count", 12345678901234567890n]]),
    outputs: new Map([["url", new Call("get_attribute", ["web", "address"])]]),
    groups: [],
    policies: [],
  },
  vertexes: new Map(),
};

Deno.test("graph() keeps values that JSON cannot say", async () => {
  const state = await MemoryState.seeded();
  await state.clock.run((async () => {
    const store = await openStore(state.life().options);
    const instances = [{ id: "web-0", host: "a" }];
    await store.graph(ref).write({ serviceGeneration: 3, instances, clout }, 0);
    const { spec } = (await (await openStore(state.life().options)).graph(ref).latest())!;
    assert.deepEqual(spec, { serviceGeneration: 3, instances, clout });
    assert.deepEqual(await store.services(), [ref]);
    assert.deepEqual(await store.services("common"), []);
  })());
});

Deno.test("asked() reads a service that was removed and made anew, not what it was before", async () => {
  const state = await MemoryState.seeded();
  await state.clock.run((async () => {
    const store = await openStore(state.life().options);
    const other = await openStore(state.life().options);
    await store.graph(ref).write({ serviceGeneration: 1, instances: [], clout }, 0);
    const before = await store.graph(ref).latest();
    assert.equal(await store.graph(ref).latest(), before, "a file that is the same is read once");
    await other.removeService(ref, await other.graph(ref).latest());
    await other.graph(ref).write({ serviceGeneration: 9, instances: [], clout }, 0);
    assert.equal((await store.graph(ref).latest())?.spec.serviceGeneration, 9);
  })());
});

Deno.test("observed() is kept by host, and does not bring back a service that was removed", async () => {
  const state = await MemoryState.seeded();
  await state.clock.run((async () => {
    const store = await openStore(state.life().options);
    await store.graph(ref).write({ serviceGeneration: 1, instances: [], clout }, 0);
    assert.equal(await store.observed(ref, "a").read(), undefined);
    await store.observed(ref, "a").write(observed);
    await store.observed(ref, "a").write(observed);
    assert.deepEqual(await store.observed(ref, "a").read(), observed);
    assert.deepEqual(await store.observers(ref), ["a"]);
    await store.removeService(ref, await store.graph(ref).latest());
    await store.removeService(ref, await store.graph(ref).latest());
    assert.equal(await store.graph(ref).latest(), undefined);
    assert.equal(await problemCodeOf(store.observed(ref, "a").write(observed)), "STATE_MISSING");
    assert.deepEqual(await store.services(), []);
  })());
  assert.deepEqual(Object.keys(state.disk.texts("/state/namespaces")), []);
});

Deno.test("removeHost() removes all that is kept of a host, and nothing of others", async () => {
  const state = await MemoryState.seeded();
  await state.clock.run((async () => {
    const store = await openStore(state.life().options);
    const wanted = { labels: { zone: "a" }, cordoned: false, drained: false };
    for (const host of ["a", "b"]) {
      await store.beat(host, 1);
      await store.wanted(host).write(wanted, 0);
    }
    await store.removeHost("a");
    await store.removeHost("a");
    assert.deepEqual(await store.hosts(), ["b"]);
    assert.equal(await store.wanted("a").latest(), undefined);
    assert.deepEqual((await store.wanted("b").latest())?.spec, wanted);
  })());
  assert.deepEqual(Object.keys(state.disk.texts("/state/hosts/a")), []);
});

Deno.test("removeService() killed at any effect has removed it all, once the state is opened again", async () => {
  await walkCrashes(
    async () => {
      const state = await MemoryState.seeded();
      await state.clock.run((async () => {
        const store = await openStore(state.life().options);
        await store.graph(ref).write({ serviceGeneration: 1, instances: [], clout }, 0);
        await store.observed(ref, "a").write(observed);
      })());
      state.disk.syncAll();
      return state;
    },
    async (options) => {
      const store = await openStore(options);
      await store.removeService(ref, await store.graph(ref).latest());
    },
    async ({ state, end, where }) => {
      await state.clock.run((async () => {
        const store = await openStore(state.life().options);
        // Its last generation may be all that says that it is gone: who reads it removes it.
        const isListed = (await store.services()).length === 1;
        const isThere = isListed && await store.graph(ref).latest() !== undefined;
        if (end === "acknowledged") assert.equal(isThere, false, where);
        assert.equal((await store.services()).length === 1, isThere, where);
        if (isThere) assert.deepEqual(await store.observed(ref, "a").read(), observed, where);
        await store.removeService(ref, await store.graph(ref).latest());
      })());
      assert.deepEqual(Object.keys(state.disk.texts("/state/namespaces")), [], where);
    },
  );
});

Deno.test("what was decided on a service's life before changes and removes nothing of the new one", async () => {
  const state = await MemoryState.seeded();
  await state.clock.run((async () => {
    const store = await openStore(state.life().options);
    const other = await openStore(state.life().options);
    const spec = { serviceGeneration: 1, instances: [], clout };
    const before = await store.graph(ref).write(spec, 0);
    await other.removeService(ref, await other.graph(ref).latest());
    // Begun anew, and as far as it was before.
    await other.graph(ref).write({ ...spec, serviceGeneration: 7 }, 0);
    assert.equal(await problemCodeOf(store.removeService(ref, before)), "STATE_CONFLICT");
    const late = store.graph(ref).write(spec, 1, { read: before });
    assert.equal(await problemCodeOf(late), "STATE_CONFLICT");
    assert.equal((await store.graph(ref).newest())?.spec.serviceGeneration, 7);
  })());
});

Deno.test("removeService() removes nothing where the graph has gone on", async () => {
  const state = await MemoryState.seeded();
  await state.clock.run((async () => {
    const store = await openStore(state.life().options);
    const other = await openStore(state.life().options);
    const spec = { serviceGeneration: 1, instances: [], clout };
    const first = await store.graph(ref).write(spec, 0);
    const { generation } = first;
    const last = await other.graph(ref).write({ ...spec, serviceGeneration: 2 }, generation);
    // Nor where there was none when it was decided.
    for (const decidedOn of [first, undefined]) {
      assert.equal(await problemCodeOf(store.removeService(ref, decidedOn)), "STATE_CONFLICT");
    }
    assert.equal((await store.graph(ref).latest())?.spec.serviceGeneration, 2);
    await store.removeService(ref, last);
    assert.equal(
      await problemCodeOf(other.graph(ref).write(spec, generation + 1)),
      "STATE_CONFLICT",
    );
    assert.equal(await other.graph(ref).latest(), undefined);
    assert.equal((await other.graph(ref).write(spec, 0)).generation, 1);
  })());
});

Deno.test("graph() that is part of a service does not bring it back where it was removed meanwhile", async () => {
  const state = await MemoryState.seeded();
  await state.clock.run((async () => {
    const store = await openStore(state.life().options);
    const spec = { serviceGeneration: 1, instances: [], clout };
    const written = store.graph(ref).write(spec, 0, { isPart: true });
    assert.equal(await problemCodeOf(written), "STATE_CONFLICT");
    assert.deepEqual(await store.services(), []);
  })());
});

Deno.test("a service that was begun anew outlives a removal of the one before that comes late", async () => {
  const state = await MemoryState.seeded();
  const { options } = state.life({
    rules: [{ operations: ["rename"], subject: /removed/, times: 1, fault: { delayMs: 1_000 } }],
  });
  await state.clock.run((async () => {
    const late = await openStore(options);
    const store = await openStore(state.life().options);
    const spec = { serviceGeneration: 1, instances: [], clout };
    await store.graph(ref).write(spec, 0);
    const removed = late.removeService(ref, await late.graph(ref).latest());
    await state.clock.sleep(500);
    await store.removeService(ref, await store.graph(ref).latest());
    await store.graph(ref).write({ ...spec, serviceGeneration: 7 }, 0);
    await removed;
    assert.equal((await store.graph(ref).latest())?.spec.serviceGeneration, 7);
  })());
});

Deno.test("beat() changes what heartbeat() reads each time", async () => {
  const state = await MemoryState.seeded();
  await state.clock.run((async () => {
    const store = await openStore(state.life().options);
    assert.equal(await store.heartbeat("a"), undefined);
    await store.beat("a", 1);
    const first = await store.heartbeat("a");
    await store.beat("a", 2);
    assert.notEqual(await store.heartbeat("a"), first);
    assert.deepEqual(await store.hosts(), ["a"]);
  })());
});

Deno.test("beat() leaves nothing of one that failed in the next", async () => {
  for (const operation of ["append", "rename"]) {
    const state = await MemoryState.seeded();
    const fault = { fail: "ENOSPC" } as const;
    const rule = { operations: [operation], subject: /heartbeat/, times: 1, fault };
    await state.clock.run((async () => {
      const store = await openStore(state.life({ rules: [rule] }).options);
      await assert.rejects(store.beat("a", 1));
      await store.beat("a", 2);
      assert.match(await store.heartbeat("a") ?? "", /^\S+ 2 \S+\n$/, operation);
    })());
    assert.deepEqual(state.temporaryFiles(), [], operation);
  }
});

Deno.test("host(), wanted() and listeners() are kept by host", async () => {
  const state = await MemoryState.seeded();
  const spec: HostSpec = {
    ...{ id: "h1", name: "a", address: "10.0.0.1", mode: "user", systemd: "none" },
    ...{ gossip: "10.0.0.1:7946", api: "" },
    ...{ version: "0.1.0", formats: [1], boot: "b1", facts: { cpus: 2 } },
  };
  await state.clock.run((async () => {
    const store = await openStore(state.life().options);
    await store.host("a").write(spec);
    assert.deepEqual(await store.host("a").read(), spec);
    assert.equal(await store.host("b").read(), undefined);
    const wanted = { labels: { rack: "1" }, cordoned: true, drained: false };
    await store.wanted("a").write(wanted, 0);
    assert.deepEqual((await store.wanted("a").latest())?.spec, wanted);
    await store.listeners("a").write({ listeners: [{ key: "tcp/22", holder: "sshd (1)" }] });
    assert.equal((await store.listeners("a").read())?.listeners[0].key, "tcp/22");
    await store.listeners("a").remove();
    assert.equal(await store.listeners("a").read(), undefined);
  })());
});
