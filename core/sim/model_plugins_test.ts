import assert from "node:assert/strict";
import { ProblemError } from "../base/mod.ts";
import { Faults } from "./faults.ts";
import { ModelPlugins, type PluginModel } from "./model_plugins.ts";
import { SeededRandom } from "./seeded_random.ts";
import { VirtualClock } from "./virtual_clock.ts";

const limits = { deadlineMs: 1_000, memoryBytesMax: 1 << 20, outputBytesMax: 1_000 };

function call(model: PluginModel, faults = new Faults(), clock = new VirtualClock()) {
  const plugins = new ModelPlugins({ tcp: model }, { clock, faults });
  const module = { name: "tcp", digest: "sha256:0", load: () => Promise.resolve(new Uint8Array()) };
  const request = new TextEncoder().encode(JSON.stringify({ verb: "observe", items: [] }));
  const host = (name: string, input: Uint8Array) =>
    Promise.resolve(
      new TextEncoder().encode(`{"exists": true, "text": "${name} ${input.length}"}`),
    );
  return clock.run(plugins.call(module, request, host, limits));
}

async function failsWith(work: Promise<unknown>, expected: RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof ProblemError);
    assert.match(`${error.problem.what} ${error.problem.why}`, expected);
    return true;
  });
}

Deno.test("ModelPlugins passes the messages of the contract both ways", async () => {
  const output = await call(async (request, host) => {
    const read = await host("read_file", { path: "/a" });
    return { items: [{ id: request.verb, why: read.text! }] };
  });
  assert.equal(
    new TextDecoder().decode(output),
    `{"items":[{"id":"observe","why":"read_file 13"}]}`,
  );
});

Deno.test("ModelPlugins turns traps, late answers and long ones into problems", async () => {
  await failsWith(
    call(() => {
      throw new Error("trap");
    }),
    /stopped without an answer trap/,
  );
  await failsWith(call(() => new Promise(() => {})), /within 1000 ms/);
  await failsWith(call(() => ({ items: [{ id: "x".repeat(1_000) }] })), /too long/);
});

Deno.test("ModelPlugins meets faults by the plugin's name", async () => {
  const faults = new Faults({
    rules: [{ operations: ["plugin"], subject: /^tcp$/, fault: { hang: true } }],
  });
  await failsWith(call(() => ({ items: [] }), faults), /within 1000 ms/);
});

Deno.test("SeededRandom gives the same numbers for the same seed, others for each stream", () => {
  const draw = (random: SeededRandom) => Array.from({ length: 5 }, () => random.next());
  assert.deepEqual(draw(new SeededRandom(1)), draw(new SeededRandom(1)));
  const streams = [
    new SeededRandom(1),
    new SeededRandom(2),
    new SeededRandom(1).stream("network"),
    new SeededRandom(1).stream("network", "b"),
    new SeededRandom(1).stream("disk"),
  ].map((random) => draw(random).join());
  assert.equal(new Set(streams).size, streams.length);
  const many = new SeededRandom("spread");
  const mean = Array.from({ length: 4_000 }, () => many.next()).reduce((a, b) => a + b) / 4_000;
  assert.ok(Math.abs(mean - 0.5) < 0.02, String(mean));
});
