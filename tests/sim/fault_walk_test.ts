import assert from "node:assert/strict";
import { countEffects, story, surviveCut } from "../support/service_story.ts";

const moments = ["before", "torn", "after", "power"] as const;

for (const chapter of story) {
  for (const moment of moments) {
    Deno.test(`every fault point of ${chapter}, cut ${moment}, is survived`, async () => {
      const count = await countEffects(chapter);
      assert.ok(count > 30, `${count} fault points are the whole of ${chapter}`);
      for (let effect = 1; effect <= count; effect++) await surviveCut({ chapter, effect, moment });
    });
  }
}
