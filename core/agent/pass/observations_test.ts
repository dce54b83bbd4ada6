import assert from "node:assert/strict";
import type { ObservedSpec } from "../../store/mod.ts";
import type { BuiltItem } from "../items/items.ts";
import { observe } from "./observations.ts";

/** Writes down one process that is ready, with this pid, as it was seen after `before`. */
function seen(before: ObservedSpec | undefined, pid: number, at: string) {
  const items = [{
    item: { id: "web-0", want: "running", epoch: 1, revision: 1 },
  }] as unknown as BuiltItem[];
  const findings = new Map([["web-0", { phase: "ready" as const, attributes: { pid } }]]);
  return observe(before, { acted: 2, items, findings, removed: [], at });
}

Deno.test("observe() keeps since when a process is ready, and has nothing to tell", () => {
  const first = seen(undefined, 10, "noon");
  const { spec, phases } = seen(first.spec, 10, "one");
  assert.deepEqual([spec.items[0].since, phases], ["noon", []]);
});

Deno.test("observe() tells of a process that was begun anew, though it is ready as it was before", () => {
  const first = seen(undefined, 10, "noon");
  const { spec, phases } = seen(first.spec, 11, "one");
  assert.equal(spec.items[0].since, "one");
  assert.deepEqual(phases.map(({ item, from, to }) => [item, from, to]), [
    ["web-0", "ready", "ready"],
  ]);
});
