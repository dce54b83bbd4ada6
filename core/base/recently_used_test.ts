import assert from "node:assert/strict";
import { RecentlyUsed } from "./recently_used.ts";

function keysIn(kept: RecentlyUsed<number>): string {
  return ["a", "b", "c", "d"].filter((key) => kept.get(key) !== undefined).join("");
}

Deno.test("set() lets the least lately used give way", () => {
  const kept = new RecentlyUsed<number>({ entriesMax: 2 });
  kept.set("a", 1);
  kept.set("b", 2);
  kept.get("a");
  kept.set("c", 3);
  assert.equal(keysIn(kept), "ac");
  kept.delete("a");
  assert.equal(keysIn(kept), "c");
});

Deno.test("set() keeps to the weight, and does not keep what alone is too heavy", () => {
  const kept = new RecentlyUsed<number>({ entriesMax: 10, weightMax: 10 });
  kept.set("a", 1, 4);
  kept.set("b", 2, 4);
  kept.set("b", 3, 6); // in place of the one before
  assert.equal(keysIn(kept), "ab");
  kept.set("c", 4, 5);
  assert.equal(keysIn(kept), "c");
  kept.set("d", 5, 11);
  assert.equal(keysIn(kept), "c");
  kept.set("c", 6, 11);
  assert.equal(keysIn(kept), "");
});
