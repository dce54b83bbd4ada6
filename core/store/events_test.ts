import assert from "node:assert/strict";
import { MemoryState, walkCrashes } from "../../tests/support/memory_store.ts";
import { contextOf, type StoreOptions } from "./_context.ts";
import { HostEventLog, nextCursor } from "./events.ts";

const ref = { namespace: "default", service: "shop" };

function log(options: StoreOptions): HostEventLog {
  return new HostEventLog(contextOf(options));
}

function event(message: string, facts: { service?: string; item?: string } = {}) {
  return { namespace: "default", service: "shop", type: "started", message, ...facts };
}

async function messages(
  options: StoreOptions,
  filter: Partial<Parameters<HostEventLog["read"]>[0]> = {},
): Promise<string[]> {
  return (await log(options).read({ limit: 100, ...filter })).map(({ message }) => message);
}

Deno.test("append() gives ids that increase, also after the agent's next start", async () => {
  const state = await MemoryState.seeded();
  await state.clock.run((async () => {
    const one = log(state.life().options);
    const ids = (await Promise.all(["a", "b", "c"].map((text) => one.append(event(text)))))
      .map(({ id }) => id);
    assert.deepEqual(ids, ["b1-1", "b1-2", "b1-3"]);
    assert.equal((await log(state.life().options).append(event("d"))).id, "b1-4");
    const rebooted = state.life({}, { host: "a", boot: "b2" }).options;
    assert.equal((await log(rebooted).append(event("e"))).id, "b2-1");
    assert.deepEqual(await messages(rebooted), ["a", "b", "c", "d", "e"]);
  })());
});

Deno.test("read() filters, limits to the newest, and merges hosts by time", async () => {
  const state = await MemoryState.seeded();
  await state.clock.run((async () => {
    const { options } = state.life();
    const [a, b] = [log(options), log(state.life({}, { host: "b", boot: "x" }).options)];
    await a.append(event("1", { item: "web-0" }));
    await state.clock.sleep(10);
    await b.append(event("2"));
    await state.clock.sleep(10);
    await a.append(event("3", { service: "other" }));
    assert.deepEqual(await messages(options), ["1", "2", "3"]);
    assert.deepEqual(await messages(options, { limit: 2 }), ["2", "3"]);
    assert.deepEqual(await messages(options, { limit: 0 }), []);
    assert.deepEqual(await messages(options, { ref }), ["1", "2"]);
    assert.deepEqual(await messages(options, { ref, item: "web-0" }), ["1"]);
  })());
});

Deno.test("nextCursor() lets a reader see each event of every host once", async () => {
  const state = await MemoryState.seeded();
  await state.clock.run((async () => {
    const { options } = state.life();
    const [a, b] = [log(options), log(state.life({}, { host: "b", boot: "x" }).options)];
    const seen: string[] = [];
    let cursor: string | undefined;
    for (const [who, text] of [[a, "1"], [b, "2"], [a, "3"], [b, "4"], [b, "5"]] as const) {
      await who.append(event(text));
      const found = await log(options).read({ limit: 100, after: cursor });
      seen.push(...found.map(({ message }) => message));
      cursor = nextCursor(cursor, found);
    }
    assert.deepEqual(seen, ["1", "2", "3", "4", "5"]);
    assert.equal(cursor, "b1-2,x-3");
  })());
});

Deno.test("append() puts a log aside that has grown, and read() still finds what is in it", async () => {
  const state = await MemoryState.seeded();
  await state.clock.run((async () => {
    const { options } = state.life();
    const one = log(options);
    for (let count = 0; count < 6; count++) {
      await one.append(event(`${count}${"x".repeat(400_000)}`));
    }
    const names = Object.keys(state.disk.texts("/state/hosts/a"));
    assert.deepEqual(names, ["/state/hosts/a/events.1.jsonl", "/state/hosts/a/events.2.jsonl"]);
    assert.equal((await messages(options)).length, 6);
    for (let count = 0; count < 12; count++) await one.append(event("y".repeat(400_000)));
    assert.equal((await messages(options)).length, 9, "the oldest are gone");
    assert.equal((await messages(options, { after: "b1-17" })).length, 1);
  })());
});

Deno.test("append() killed at any effect spoils no line but its own", async () => {
  await walkCrashes(
    async () => {
      const state = await MemoryState.seeded();
      await state.clock.run(log(state.life().options).append(event("first")));
      state.disk.syncAll();
      return state;
    },
    (options) => log(options).append(event("second")),
    async ({ state, end, where }) => {
      await state.clock.run((async () => {
        await log(state.life().options).append(event("third"));
        const found = await log(state.life().options).read({ limit: 100 });
        const texts = found.map(({ message }) => message);
        assert.equal(texts[0], "first", where);
        assert.equal(texts.at(-1), "third", where);
        assert.ok(texts.length === 2 || texts[1] === "second", where);
        assert.equal(new Set(found.map(({ id }) => id)).size, found.length, where);
        // An event that was appended is there unless the power failed: events are not synced.
        if (end === "acknowledged" && !where.includes("power")) assert.equal(texts.length, 3);
      })());
    },
  );
});
