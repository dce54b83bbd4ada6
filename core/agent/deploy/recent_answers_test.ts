import assert from "node:assert/strict";
import { VirtualClock } from "../../sim/mod.ts";
import { deployHello } from "../../../tests/support/simulated_service.ts";
import { SimulatedHost } from "../../../tests/support/simulated_host.ts";
import { models } from "../../../tests/support/model_plugins.ts";
import type { Answers } from "../pass/host_planner.ts";
import { RecentAnswers } from "./recent_answers.ts";

const shop = { namespace: "default", service: "shop" };
const cafe = { namespace: "default", service: "cafe" };
const answers: Answers = { responses: new Map(), steps: [], problems: new Map() };

Deno.test("find() gives what was answered to the very question, of the very service", () => {
  const recent = new RecentAnswers(new VirtualClock());
  recent.keep(shop, ["place", { a: 1, b: 2 }], answers, { isOnce: false });
  assert.equal(recent.find(shop, ["place", { b: 2, a: 1 }]), answers);
  assert.equal(recent.find(shop, ["place", { b: 2, a: 1 }]), answers);
  assert.equal(recent.find(shop, ["place", { b: 2, a: 2 }]), undefined);
  assert.equal(recent.find(cafe, ["place", { b: 2, a: 1 }]), undefined);
});

Deno.test("find() gives out once what is to be given once", () => {
  const recent = new RecentAnswers(new VirtualClock());
  recent.keep(shop, "reconcile", answers, { isOnce: true });
  assert.equal(recent.find(shop, "reconcile"), answers);
  assert.equal(recent.find(shop, "reconcile"), undefined);
});

Deno.test("find() knows nothing of a while ago, and nothing that was forgotten", async () => {
  const clock = new VirtualClock();
  const recent = new RecentAnswers(clock);
  recent.keep(shop, "place", answers, { isOnce: false });
  await clock.advance(2_001);
  assert.equal(recent.find(shop, "place"), undefined);
  for (const forgotten of [shop, undefined]) {
    recent.keep(shop, "place", answers, { isOnce: false });
    recent.keep(cafe, "place", answers, { isOnce: false });
    recent.forget(forgotten);
    assert.equal(recent.find(shop, "place"), undefined);
    assert.equal(recent.find(cafe, "place") === answers, forgotten !== undefined);
  }
});

Deno.test("keep() keeps answers of a few services alone", () => {
  const recent = new RecentAnswers(new VirtualClock());
  const of = (index: number) => ({ namespace: "default", service: `s${index}` });
  for (let index = 0; index < 20; index++) {
    recent.keep(of(index), "place", answers, { isOnce: false });
  }
  assert.equal(recent.find(of(0), "place"), undefined);
  assert.equal(recent.find(of(19), "place"), answers);
});

Deno.test("a deploy asks its plugins once what they would do, and carries that out", async () => {
  const asked: string[] = [];
  const host = await SimulatedHost.seeded({}, {
    directory: (request, functions) => {
      asked.push(request.verb);
      return models.directory(request, functions);
    },
  });
  const life = await host.start();
  const { end } = await deployHello(host, life);
  assert.equal(end?.kind, "settled");
  const before = asked.slice(0, asked.indexOf("observe"));
  assert.equal(before.filter((verb) => verb === "reconcile").length, 1, asked.join());
  await life.stop();
});

Deno.test("keep() lets go of what is too old to be given out, though nobody asked for it again", async () => {
  const clock = new VirtualClock();
  const recent = new RecentAnswers(clock);
  for (let minute = 0; minute < 100; minute++) {
    recent.keep(shop, ["place", { uptime: minute }], answers, { isOnce: false });
    await clock.advance(60_000);
  }
  assert.equal(recent.size, 1);
});
