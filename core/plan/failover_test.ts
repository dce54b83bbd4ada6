import assert from "node:assert/strict";
import fc from "fast-check";
import { failoverDuty, type FailoverInput, takeoverOrder, takeoverStepMs } from "./failover.ts";
import type { Instance } from "./instance.ts";

const ref = { namespace: "default", service: "shop" };

function instance(id: string, host: string, want: Instance["want"] = "running"): Instance {
  return {
    ...{ id, vertex: "web", index: 0, host, epoch: 1, want, revision: 1 },
    ...{ plugin: "process", pluginDigest: "d", claims: [] },
  };
}

function input(parts: Partial<FailoverInput>): FailoverInput {
  const hosts = ["a", "b", "c"].map((id) => ({ id, liveness: "alive" as const }));
  return { ref, instances: [], hosts, self: "a", goneMs: new Map(), ...parts };
}

Deno.test("failoverDuty() finds nothing to do while every host that runs something lives", () => {
  const instances = [instance("web-0", "a"), instance("web-1", "b")];
  assert.equal(failoverDuty(input({ instances })), undefined);
  const hosts = [
    { id: "a", liveness: "alive" as const },
    { id: "b", liveness: "suspect" as const },
    { id: "c", liveness: "dead" as const },
  ];
  const gone = [...instances, instance("web-2", "c", "absent")];
  assert.equal(failoverDuty(input({ instances: gone, hosts })), undefined);
});

Deno.test("failoverDuty() lets one live host act at once, and each next one later", () => {
  fc.assert(fc.property(
    fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 2, maxLength: 12 }),
    fc.stringMatching(/^[a-z]{1,8}$/),
    (ids, service) => {
      const [dead, ...alive] = ids;
      const hosts = ids.map((id) => ({
        id,
        liveness: id === dead ? "dead" as const : "alive" as const,
      }));
      const named = { namespace: "default", service };
      const instances = [instance("web-0", dead)];
      const waits = alive.map((self) =>
        failoverDuty(input({ ref: named, instances, hosts, self }))!.waitMs
      );
      assert.deepEqual(
        waits.toSorted((a, b) => a - b),
        alive.map((_, rank) => rank * takeoverStepMs),
      );
    },
  ));
});

Deno.test("failoverDuty() shortens the wait by the time for which the host has been gone", () => {
  const hosts = [
    { id: "a", liveness: "alive" as const },
    { id: "b", liveness: "alive" as const },
    { id: "c", liveness: "left" as const },
  ];
  const [, second] = takeoverOrder(ref, ["a", "b"]);
  const instances = [instance("web-0", "c")];
  const after = (ms: number) =>
    failoverDuty(input({ instances, hosts, self: second, goneMs: new Map([["c", ms]]) }))!.waitMs;
  assert.equal(after(0), takeoverStepMs);
  assert.equal(after(1_000), takeoverStepMs - 1_000);
  assert.equal(after(takeoverStepMs * 2), 0);
});

Deno.test("takeoverOrder() moves nobody but the host that is gone", () => {
  fc.assert(fc.property(
    fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1, maxLength: 12 }),
    (ids) => {
      const all = takeoverOrder(ref, ids);
      for (const gone of ids) {
        const rest = takeoverOrder(ref, ids.filter((id) => id !== gone));
        assert.deepEqual(rest, all.filter((id) => id !== gone));
      }
    },
  ));
});
