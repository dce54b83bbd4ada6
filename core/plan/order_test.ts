import assert from "node:assert/strict";
import fc from "fast-check";
import { topologicalOrder } from "./order.ts";

Deno.test("topologicalOrder() puts what is needed first, and else keeps the order given", () => {
  const needs: Record<string, string[]> = { a: ["c"], b: [], c: ["nowhere"], d: ["a"] };
  assert.deepEqual(topologicalOrder(["a", "b", "c", "d"], (key) => needs[key]), {
    order: ["b", "c", "a", "d"],
  });
});

Deno.test("topologicalOrder() names a circle and orders the rest", () => {
  const needs: Record<string, string[]> = { a: ["b"], b: ["c"], c: ["b"], d: [] };
  assert.deepEqual(topologicalOrder(["a", "b", "c", "d"], (key) => needs[key]), {
    order: ["d"],
    cycle: ["b", "c"],
  });
});

Deno.test("topologicalOrder() is an order wherever there is one, and a circle elsewhere", () => {
  const needs = fc.array(fc.array(fc.nat({ max: 7 }), { maxLength: 3 }), { maxLength: 8 });
  fc.assert(fc.property(needs, (all) => {
    const keys = all.map((_, index) => String(index));
    const needsOf = (key: string) =>
      all[Number(key)].map(String).filter((each) => keys.includes(each));
    const { order, cycle } = topologicalOrder(keys, needsOf);
    const position = new Map(order.map((key, index) => [key, index]));
    for (const key of order) {
      for (const need of needsOf(key)) assert.ok(position.get(need)! < position.get(key)!);
    }
    assert.equal(cycle === undefined, order.length === keys.length);
    cycle?.forEach((key, index) => {
      assert.ok(needsOf(key).includes(cycle[(index + 1) % cycle.length]));
    });
  }));
});
