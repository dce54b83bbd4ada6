import assert from "node:assert/strict";
import { liveThrough } from "../../tests/support/random_story.ts";

/** Seeds that found something once, with what it was. */
const named: Readonly<Record<string, string>> = {
  "395311": "a claim in a directory whose maker died before it was to last",
  "320181": "a claim that stayed for as long as the wall clock had jumped back",
  "600968": "a deploy that died before its first document",
};

for (const [seed, what] of Object.entries(named)) {
  Deno.test(`an agent comes through ${what} (seed ${seed})`, async () => {
    await liveThrough({ seed, lives: 6 });
  });
}

Deno.test("an agent comes through faults of every kind, and all is as asked afterwards", async () => {
  for (const seed of ["1", "2", "3", "4"]) await liveThrough({ seed, lives: 5 });
});

Deno.test("a story is the same each time it is told", async () => {
  const [one, other] = [
    await liveThrough({ seed: "5", lives: 3 }),
    await liveThrough({
      seed: "5",
      lives: 3,
    }),
  ];
  assert.deepEqual(one, other);
});
