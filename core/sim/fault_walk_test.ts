import {
  type Chapter,
  countEffects,
  story,
  surviveCut,
} from "../../tests/support/service_story.ts";

/** Every so many effects are tried here; `tests/sim/` walks them all. */
const stride = 9;
const moments = ["before", "torn", "after", "power"] as const;

for (const chapter of story) {
  Deno.test(`an agent that dies anywhere during ${chapter} completes it the next time`, async () => {
    await walk(chapter);
  });
}

async function walk(chapter: Chapter): Promise<void> {
  const count = await countEffects(chapter);
  for (let effect = 1; effect <= count; effect += stride) {
    const moment = moments[(effect / stride | 0) % moments.length];
    await surviveCut({ chapter, effect, moment });
  }
}
