import { IncludedPluginsHost } from "../support/included_plugins_host.ts";
import { type Chapter, countEffects, story, surviveCut } from "../support/service_story.ts";

const moments = ["torn", "power", "after"] as const;

for (const chapter of story) {
  Deno.test(`every fault point of ${chapter} is survived with the included plugins and systemd`, async () => {
    await IncludedPluginsHost.with((seeded) => walk(chapter, seeded));
  });
}

async function walk(chapter: Chapter, seeded: Parameters<typeof surviveCut>[1]): Promise<void> {
  const count = await countEffects(chapter, seeded);
  for (let effect = 1; effect <= count; effect++) {
    await surviveCut({ chapter, effect, moment: moments[effect % moments.length] }, seeded);
  }
}
