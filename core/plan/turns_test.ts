import assert from "node:assert/strict";
import fc from "fast-check";
import { graph } from "./_shop.ts";
import { readUpdateRules, type TurnPeer, whyNotYet } from "./turns.ts";

/** `web-0 web-1! web-2-`: `!` is done, `-` is not ready, neither is ready as before. */
function peers(text: string): TurnPeer[] {
  return text.split(" ").map((each) => {
    const id = each.replace(/[!-]$/, "");
    const index = Number(id.split("-")[1]);
    return { id, index, isDone: each.endsWith("!"), isReady: !/\d-$/.test(each) };
  });
}

function check(text: string, rule: { parallel?: number; min?: number }, expected: string[]): void {
  const all = peers(text);
  const may = all.filter(({ id, isDone, isReady }) =>
    !isDone && isReady && whyNotYet(id, all, { parallel: 1, min: 0, ...rule }) === undefined
  );
  assert.deepEqual(may.map(({ id }) => id), expected, text);
}

Deno.test("whyNotYet() lets instances change in order, as many at a time as rule and minimum allow", () => {
  check("web-0 web-1 web-2", {}, ["web-0"]);
  check("web-0- web-1 web-2", {}, []);
  check("web-0! web-1 web-2", {}, ["web-1"]);
  check("web-0! web-1! web-2", {}, ["web-2"]);
  check("web-0 web-1 web-2", { parallel: 2 }, ["web-0", "web-1"]);
  check("web-0 web-1 web-2", { parallel: 3, min: 1 }, ["web-0", "web-1"]);
  check("web-0 web-1", { min: 2 }, ["web-0"]); // no room: one at a time all the same
  check("web-0 web-1 web-2-", {}, []); // one is away already
  check("web-0 web-1 web-2-", { parallel: 2, min: 1 }, ["web-0"]);
});

Deno.test("whyNotYet() names what is waited for", () => {
  const why = whyNotYet("web-1", peers("web-0 web-1"), { parallel: 1, min: 0 });
  assert.equal(why, "it waits for its turn: web-0 is not ready in the new form yet");
});

Deno.test("whyNotYet() never leaves fewer than the minimum, and comes to an end", () => {
  const rules = fc.record({ parallel: fc.integer({ min: 1, max: 6 }), min: fc.nat(4) });
  fc.assert(fc.property(fc.integer({ min: 1, max: 6 }), rules, fc.nat(), (count, rule, seed) => {
    const states = Array.from({ length: count }, () => "old");
    const view = () =>
      states.map((state, index) => ({
        id: `web-${index}`,
        index,
        isReady: state !== "away",
        isDone: state === "new",
      }));
    const floor = Math.min(rule.min, count - 1);
    for (let step = 0; states.some((each) => each !== "new"); step++) {
      assert(step < 1_000, "it ends");
      const may = states.flatMap((state, index) =>
        state === "old" && !whyNotYet(`web-${index}`, view(), rule) ? [index] : []
      );
      const away = states.flatMap((state, index) => state === "away" ? [index] : []);
      // Whatever comes first, a change or the end of one: the order in which hosts act is not ours.
      const isChange = may.length > 0 && (away.length === 0 || (seed >> step % 16) % 2 === 0);
      if (isChange) states[may[seed % may.length]] = "away";
      else states[away[seed % away.length]] = "new";
      const ready = states.filter((each) => each !== "away").length;
      assert(ready >= floor, `${ready} of ${count} ready, with ${JSON.stringify(rule)}`);
    }
  }));
});

Deno.test("readUpdateRules() reads the Update policies, and gives all nodes a rule where one is asked for", () => {
  const shop = graph({ web: {}, db: {} }, {
    many: { type: "Redundancy", targets: ["web"], properties: { min: 2, max: 3 } },
    calm: { type: "Update", targets: ["web"], properties: { parallel: 2, rollback: false } },
  });
  const policy = { parallel: 2, pauseMs: 0, rollback: false, min: 2 };
  assert.deepEqual([...readUpdateRules(shop)], [["web", policy]]);
  assert.deepEqual([...readUpdateRules(shop, { pauseMs: 5 })], [
    ["web", { ...policy, pauseMs: 5 }],
    ["db", { parallel: 1, pauseMs: 5, rollback: true, min: 0 }],
  ]);
});
