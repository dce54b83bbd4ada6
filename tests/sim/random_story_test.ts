import { liveThrough } from "../support/random_story.ts";

Deno.test("sixty stories with faults of every kind end well", async () => {
  for (let seed = 1_000; seed < 1_060; seed++) await liveThrough({ seed: String(seed), lives: 6 });
});
