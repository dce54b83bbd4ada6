import assert from "node:assert/strict";
import fc from "fast-check";
import { MemoryState, walkCrashes } from "../../tests/support/memory_store.ts";
import type { StoreOptions } from "./_context.ts";
import { openOwnStore } from "./own_store.ts";

const ref = { namespace: "default", service: "shop" };

function ledger(options: StoreOptions) {
  const { root: _root, ...rest } = options;
  return openOwnStore({ ...rest, directory: "/own", configDirectory: "/etc/khutulun" }).ledger;
}

Deno.test("add() and set() keep what each item has, across restarts", async () => {
  const state = await MemoryState.seeded();
  await state.clock.run((async () => {
    const one = ledger(state.life().options);
    await one.add(ref, [{ item: "web-0", resources: ["unit:a", "file:/a"] }]);
    await one.add(ref, [{ item: "web-0", resources: ["unit:a", "file:/b"] }]);
    await one.add(ref, [{ item: "web-1", resources: ["unit:b"] }]);
    await one.set(ref, [{ item: "web-1", resources: ["unit:c"] }]);
    const expected = [["web-0", ["unit:a", "file:/a", "file:/b"]], ["web-1", ["unit:c"]]];
    assert.deepEqual([...await one.of(ref)], expected);
    const restarted = ledger(state.life().options);
    assert.deepEqual([...await restarted.of(ref)], expected);
    assert.deepEqual(await restarted.services(), [ref]);
    await restarted.set(ref, [{ item: "web-0", resources: [] }]);
    await restarted.set(ref, [{ item: "web-1", resources: [] }]);
    assert.deepEqual(await restarted.services(), []);
    assert.deepEqual([...await restarted.of(ref)], []);
  })());
  assert.deepEqual(state.disk.texts("/own"), {});
});

Deno.test("add() and set() write nothing where nothing changes", async () => {
  const state = await MemoryState.seeded();
  await state.clock.run((async () => {
    const { options, faults } = state.life();
    const one = ledger(options);
    await one.add(ref, [{ item: "web-0", resources: ["unit:a", "unit:b"] }]);
    const effects = faults.effects.length;
    await one.add(ref, [{ item: "web-0", resources: ["unit:b"] }]);
    await one.set(ref, [{ item: "web-0", resources: ["unit:b", "unit:a"] }]);
    await one.add(ref, [{ item: "web-1", resources: [] }]);
    assert.equal(faults.effects.length, effects);
  })());
});

Deno.test("add() survives a power loss once it has returned, killed at any effect of what comes after", async () => {
  await walkCrashes(
    async () => {
      const state = await MemoryState.seeded();
      await state.clock.run(
        ledger(state.life().options).add(ref, [{ item: "web-0", resources: ["unit:a"] }]),
      );
      state.disk.powerLoss();
      return state;
    },
    async (options) => {
      const one = ledger(options);
      await one.add(ref, [{ item: "web-1", resources: ["unit:b"] }]);
      await one.set(ref, [{ item: "web-0", resources: ["unit:c"] }]);
    },
    async ({ state, end, where }) => {
      await state.clock.run((async () => {
        const one = ledger(state.life().options);
        const found = await one.of(ref);
        assert.ok(["unit:a", "unit:c"].includes(found.get("web-0")?.join() ?? ""), where);
        if (end === "acknowledged") {
          assert.deepEqual(Object.fromEntries(found), { "web-0": ["unit:c"], "web-1": ["unit:b"] });
        }
        await one.add(ref, [{ item: "web-2", resources: ["unit:d"] }]);
        assert.deepEqual(
          (await ledger(state.life().options).of(ref)).get("web-2"),
          ["unit:d"],
          where,
        );
      })());
    },
  );
});

Deno.test("the journal stays short however often it changes, and reads back what it should hold", async () => {
  const change = fc.record({
    isSet: fc.boolean(),
    item: fc.constantFrom("web-0", "web-1", "db-0"),
    resources: fc.subarray(["unit:a", "unit:b", "file:/c"]),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 600, size: "max" }), async (changes) => {
      const state = new MemoryState();
      const model = new Map<string, Set<string>>();
      await state.clock.run((async () => {
        const one = ledger(state.life().options);
        for (const { isSet, item, resources } of changes) {
          const changed = [{ item, resources }];
          await (isSet ? one.set(ref, changed) : one.add(ref, changed));
          model.set(item, new Set([...isSet ? [] : model.get(item) ?? [], ...resources]));
          if (model.get(item)!.size === 0) model.delete(item);
        }
        const found = await ledger(state.life().options).of(ref);
        const sets = [...found].map(([item, list]) => [item, new Set(list)] as const);
        assert.deepEqual(new Map(sets), model);
        const text = Object.values(state.disk.texts("/own"))[0] ?? "";
        assert.ok(text.split("\n").length < 210);
      })());
    }),
    { numRuns: 20 },
  );
});
