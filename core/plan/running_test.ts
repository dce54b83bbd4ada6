import assert from "node:assert/strict";
import type { JsonObject } from "../base/mod.ts";
import { graph, host, plan } from "./_shop.ts";
import { readRunningRules, ruledProperties, stoppedByPolicy } from "./running.ts";

const nodes = { web: {}, data: { type: "Directory" } };

function ruled(type: string, properties: JsonObject, targets = ["web"]) {
  return graph(nodes, { calm: { type, targets, properties } });
}

function refusal(clout: ReturnType<typeof graph>): string {
  assert.deepEqual(readRunningRules(clout).problems.map(({ code }) => code), ["PLAN_POLICY"]);
  return plan(clout, [host("a")]).problems.map(({ what }) => what).join("\n");
}

Deno.test("ruledProperties() gives what a Restart policy says, property by property", () => {
  const given = (properties: JsonObject) => ruledProperties(ruled("Restart", properties), "web");
  assert.deepEqual(given({}), {});
  assert.deepEqual(given({ when: "always" }), { restart: "always" });
  assert.deepEqual(given({ delay: "2.5 s" }), { restart_delay: "2.5 s" });
  assert.deepEqual(given({ limit: 3 }), { restart_limit: 3, restart_within: "300 s" });
  assert.deepEqual(given({ limit: 3, within: "1 h" }), {
    restart_limit: 3,
    restart_within: "3600 s",
  });
  assert.deepEqual(ruledProperties(ruled("Restart", { when: "no" }), "data"), {});
});

Deno.test("stoppedByPolicy() names the Isolation policy that says stop", () => {
  const web = { vertex: "web" };
  assert.equal(stoppedByPolicy(ruled("Isolation", { on_isolation: "stop" }), web), "calm");
  assert.equal(stoppedByPolicy(ruled("Isolation", { on_isolation: "keep" }), web), undefined);
  assert.equal(stoppedByPolicy(ruled("Isolation", {}), web), undefined);
  assert.deepEqual(ruledProperties(ruled("Isolation", { on_isolation: "stop" }), "web"), {
    stops_when_isolated: true,
  });
});

Deno.test("a policy about running that cannot be carried out refuses the plan, and says why", () => {
  assert.match(refusal(ruled("Restart", { when: "sometimes" })), /"when" is "sometimes"/);
  assert.match(refusal(ruled("Restart", { limit: 0 })), /"limit" is 0, not at least 1/);
  assert.match(refusal(ruled("Restart", { limit: 1, within: "10 ms" })), /"within" is shorter/);
  assert.match(refusal(ruled("Isolation", { on_isolation: "move" })), /neither "keep" nor "stop"/);
  assert.match(refusal(ruled("Restart", {}, ["data"])), /"data" is no Process/);
  const twice = graph(nodes, {
    calm: { type: "Restart", targets: ["web"] },
    calmer: { type: "Restart", targets: ["web"] },
  });
  assert.match(refusal(twice), /policy "calm" is of the same kind, and for "web" as well/);
  const kept = graph({ web: { properties: { exclusive: true } } }, {
    keep: { type: "Isolation", targets: ["web"], properties: { on_isolation: "keep" } },
  });
  assert.match(refusal(kept), /"web" is exclusive/);
});

Deno.test("planService() says which rule changes how an instance runs", () => {
  const before = ruled("Restart", { limit: 3 });
  const first = plan(before, [host("a")]);
  assert.deepEqual(first.problems.filter(({ severity }) => severity === "error"), []);
  const after = ruled("Restart", { limit: 5 });
  const { changes } = plan(after, [host("a")], {
    before: { clout: before, instances: first.instances },
  });
  assert.deepEqual(changes.filter(({ change }) => change === "update"), [{
    id: "web-0",
    change: "update",
    host: "a",
    reasons: [`its policies change "restart_limit" from 3 to 5`],
  }]);
});
