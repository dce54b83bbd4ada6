import assert from "node:assert/strict";
import type { PluginModel } from "./model_plugins.ts";
import { models } from "../../tests/support/model_plugins.ts";
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

/** Plugins that do not do what they are there for, each to be caught. */
const broken: Readonly<Record<string, Readonly<Record<string, PluginModel>>>> = {
  "never ends a process": {
    process: async (request, host) =>
      request.verb === "remove"
        ? { items: request.items.map(({ id }) => ({ id, phase: "absent", owned: [] })) }
        : await models.process(request, host),
  },
  "leaves its directory": {
    directory: async (request, host) =>
      request.verb === "remove"
        ? { items: request.items.map(({ id }) => ({ id, phase: "absent", owned: [] })) }
        : await models.directory(request, host),
  },
  "tells a client of another port": {
    tcp: async (request, host) => {
      const { items } = await models.tcp(request, host);
      return {
        items: items.map((each, index) =>
          request.items[index].kind === "edge" && each.attributes
            ? { ...each, attributes: { ...each.attributes, port: 1 } }
            : each
        ),
      };
    },
  },
};

for (const [what, plugins] of Object.entries(broken)) {
  Deno.test(`a story catches a plugin that ${what}`, async () => {
    await assert.rejects(liveThrough({ seed: "1", lives: 2, plugins }), /replay: deno task sim/);
  });
}
