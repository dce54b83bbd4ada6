import assert from "node:assert/strict";
import fc from "fast-check";
import { graph, host, plan, withClaims } from "./_shop.ts";
import type { Clout } from "../clout/mod.ts";
import type { HostInventory } from "./inventory.ts";
import type { ServicePlanInput } from "./plan_service.ts";
import type { ServicePlan } from "./service_plan.ts";

/** `picky` may be on host `a` alone, `web` anywhere. */
const clout = shop({ hosts: ["a"] });
const three = [host("a"), host("b"), host("c")];

function shop(where: object, web: object = {}, count = 3): Clout {
  return graph({ picky: { to: { port: "http" } }, http: { type: "Port" }, web }, {
    where: { type: "Placement", targets: ["picky"], properties: where as never },
    many: { type: "Redundancy", targets: ["web"], properties: { min: count } },
  });
}

/** Plans from what was placed while all was well. */
function later(
  hosts: readonly HostInventory[],
  { now = clout, ...parts }: Partial<ServicePlanInput> & { readonly now?: Clout } = {},
): ServicePlan {
  const { instances } = plan(clout, three);
  return plan(now, withClaims(hosts, instances), { before: { clout, instances }, ...parts });
}

function problemsOf({ problems }: ServicePlan): string[] {
  return problems.map(({ code, severity, what, why }) => `${code} ${severity}: ${what}; ${why}`);
}

/** Where what is wanted is; with `!` what waits for a host that does not live. */
function placesOf({ instances }: ServicePlan): Record<string, string> {
  return Object.fromEntries(
    instances.filter(({ want }) => want !== "absent")
      .map(({ id, host, stranded }) => [id, stranded ? `${host}!` : host]),
  );
}

const stays = (why: string) =>
  `PLAN_STAYS warning: Cannot move instances "picky-0", "http-0" together away from host "a"; ` +
  `Host "a": ${why}; Hosts "b", "c": policy "where" wants host "a"`;

Deno.test("planService() moves what it can from a drained host, and says of the rest why it stays", () => {
  const service = later(
    three.map((each) => ({ ...each, isDraining: each.id === "a" })),
    { isAsBefore: true },
  );
  assert.deepEqual(problemsOf(service), [stays("it is being drained")]);
  assert.deepEqual(service.problems[0].where, { host: "a", subject: "picky-0" });
  const places = placesOf(service);
  assert.deepEqual([places["picky-0"], places["http-0"]], ["a", "a"]);
  assert.ok(["web-0", "web-1", "web-2"].every((each) => /^[bc]$/.test(places[each])));
  assert.deepEqual(
    service.changes.filter(({ change }) => change !== "unchanged").map(({ change }) => change),
    ["move"],
  );
});

Deno.test("planService() moves what stays as soon as a host takes it", () => {
  const hosts = three.map((each) => ({ ...each, isDraining: each.id === "a" }));
  const stuck = later(hosts, { isAsBefore: true });
  const again = plan(clout, withClaims(hosts, stuck.instances), {
    before: { clout, instances: stuck.instances },
    isAsBefore: true,
  });
  assert.deepEqual(again.instances, stuck.instances);
  const open = shop({ hosts: ["a", "b"] });
  const moved = plan(open, withClaims(hosts, stuck.instances), {
    before: { clout, instances: stuck.instances },
  });
  assert.deepEqual(problemsOf(moved), []);
  assert.deepEqual(
    moved.instances.filter(({ id }) => id === "picky-0").map((each) => [
      each.host,
      each.epoch,
      each.want,
    ]),
    [["a", 1, "absent"], ["b", 2, "running"]],
  );
});

Deno.test("planService() changes a service though one of its instances waits for a host that is dead", () => {
  const dead = three.map((each) => each.id === "a" ? { ...each, liveness: "dead" as const } : each);
  const edited = shop({ hosts: ["a"] }, { properties: { command: ["serve", "-v"] } });
  const service = later(dead, { now: edited, scale: { web: 4 } });
  assert.deepEqual(problemsOf(service), [stays("it is dead")]);
  const { "picky-0": picky, "http-0": http, ...webs } = placesOf(service);
  assert.deepEqual([picky, http], ["a!", "a!"]);
  assert.equal(Object.keys(webs).length, 4);
  assert.ok(Object.values(webs).every((each) => each !== "a"));
});

Deno.test("planService() refuses as a whole what asks for something new that no host has", () => {
  const drained = three.map((each) => ({ ...each, isDraining: each.id === "a" }));
  const before = plan(clout, three).instances;
  for (
    const [now, why] of [
      [shop({ labels: { disk: ["ssd"] } }), /policy "where" wants label "disk" "ssd"/],
      [shop({ hosts: ["nowhere"] }), /policy "where" wants host "nowhere"/],
    ] as const
  ) {
    const service = later(drained, { now });
    assert.deepEqual(service.problems.map(({ code }) => code), ["PLAN_REFUSED"]);
    assert.match(service.problems[0].why!, why);
    assert.deepEqual(
      service.instances.filter(({ id }) => !id.startsWith("web")),
      before.slice(0, 2),
    );
  }
  const small = drained.map((each) => ({ ...each, capacity: { memoryBytes: 2 ** 30 } }));
  const hungry = graph({
    picky: {
      properties: { memory: { "$.scalar": [2 ** 31, "B"] } },
      to: { port: "http" },
    },
    http: { type: "Port" },
    web: {},
  }, { many: { type: "Redundancy", targets: ["web"], properties: { min: 3 } } });
  assert.deepEqual(later(small, { now: hungry }).problems.map(({ code }) => code), [
    "PLAN_REFUSED",
  ]);
});

Deno.test("planService() refuses what is new and fits nowhere, whatever else stays", () => {
  const hosts = three.map((each) => ({ ...each, isDraining: true }));
  const service = later(hosts, { now: shop({ hosts: ["a"] }, {}, 4) });
  assert.deepEqual(
    service.problems.filter(({ severity }) => severity === "error").map(({ what }) => what),
    [`Cannot place instance "web-3"`],
  );
});

Deno.test("planService() keeps what does not fit where it is any more as long as nothing new is asked", () => {
  const labelled = shop({ labels: { disk: ["ssd"] } });
  const ssd = three.map((each) => ({
    ...each,
    ...(each.id === "a" && { labels: { disk: "ssd" } }),
  }));
  const { instances } = plan(labelled, ssd);
  const before = { clout: labelled, instances };
  const restarted = plan(labelled, withClaims(three, instances), {
    before,
    isAsBefore: true,
    restart: new Set(["web-0", "picky-0"]),
  });
  assert.deepEqual(restarted.problems.map(({ code }) => code), ["PLAN_STAYS"]);
  assert.deepEqual(
    restarted.changes.filter(({ change }) => change === "update").map(({ id }) => id),
    ["picky-0", "web-0"],
  );
  const asked = plan(labelled, withClaims(three, instances), { before });
  assert.deepEqual(asked.problems.map(({ code }) => code), ["PLAN_REFUSED"]);
});

Deno.test("planService() gives nobody else what is held by one that stays", () => {
  const nodes = {
    old: { to: { port: "one" } },
    one: { type: "Port", properties: { port: 8080 } },
    young: { to: { port: "two" } },
    two: { type: "Port", properties: { port: 8080 } },
  };
  const both = graph(nodes, {
    where: { type: "Placement", targets: ["old"], properties: { labels: { disk: ["ssd"] } } },
  });
  const ssd = [host("a", { labels: { disk: "ssd" } }), host("b")];
  const { instances } = plan(both, ssd);
  // The label is gone, and the other's host with it.
  const hosts = [host("a"), host("b", { liveness: "dead" })];
  const service = plan(both, withClaims(hosts, instances), {
    before: { clout: both, instances },
    isAsBefore: true,
  });
  assert.deepEqual(placesOf(service), {
    "old-0": "a",
    "one-0": "a",
    "two-0": "b!",
    "young-0": "b!",
  });
  assert.match(
    service.problems.find(({ where }) => where?.host === "b")!.why!,
    /Host "a": tcp port 8080 is held by instance "one-0" of this service/,
  );
});

Deno.test("planService() lets what a service can do without go from a drained host, and wait for a dead one", () => {
  const many = graph({ web: {} }, {
    many: { type: "Redundancy", targets: ["web"], properties: { min: 2, max: 3 } },
    apart: { type: "Scattering", targets: ["web"], properties: { mode: "strict" } },
  });
  const { instances } = plan(many, three);
  for (const each of instances) {
    const { host: there, id } = each;
    const parts = { before: { clout: many, instances }, isAsBefore: true };
    const drained = plan(
      many,
      three.map((it) => ({ ...it, isDraining: it.id === there })),
      parts,
    );
    // Whichever it is: two are left, and they stay where they are.
    const left = instances.filter((it) => it.id !== id);
    assert.deepEqual(placesOf(drained), Object.fromEntries(left.map((it) => [it.id, it.host])));
    assert.deepEqual(drained.problems.map(({ code, severity }) => `${code} ${severity}`), [
      "PLAN_REFUSED warning",
    ]);
  }
  const third = instances.find(({ id }) => id === "web-2")!;
  const dead = plan(
    many,
    three.map((it) => it.id === third.host ? { ...it, liveness: "dead" as const } : it),
    { before: { clout: many, instances }, isAsBefore: true },
  );
  assert.equal(placesOf(dead)["web-2"], `${third.host}!`);
  assert.deepEqual(dead.problems.map(({ code }) => code), ["PLAN_STAYS"]);
});

/** What becomes of three hosts, and which of them the picky one may be on. */
const story = fc.record({
  fates: fc.array(fc.constantFrom("alive", "dead", "left", "drained", "suspect", "small"), {
    minLength: 3,
    maxLength: 3,
  }),
  allowed: fc.subarray(["a", "b", "c"], { minLength: 1 }),
  ports: fc.array(fc.integer({ min: 80, max: 82 }), { minLength: 1, maxLength: 4 }),
  isScattered: fc.boolean(),
});

Deno.test("planService() of what was placed once refuses nothing, whatever becomes of its hosts", () => {
  fc.assert(
    fc.property(story, ({ fates, allowed, ports, isScattered }) => {
      const nodes = Object.fromEntries(ports.flatMap((port, index) => [
        [`n${index}`, { properties: { cpus: 1, exclusive: true }, to: { port: `p${index}` } }],
        [`p${index}`, { type: "Port", properties: { port } }],
      ]));
      const wanted = graph(nodes, {
        where: { type: "Placement", targets: ["n0"], properties: { hosts: allowed } },
        ...(isScattered && {
          apart: { type: "Separation", targets: ["n0", "n1"].slice(0, ports.length) },
        }),
      });
      const first = plan(wanted, three.map((each) => ({ ...each, capacity: { cpus: 4 } })));
      if (first.problems.length > 0) return;
      const hosts = three.map((each, index) => ({ ...each, ...becoming(fates[index]) }));
      const next = plan(wanted, withClaims(hosts, first.instances), {
        before: { clout: wanted, instances: first.instances },
        isAsBefore: true,
      });
      assert.deepEqual(next.problems.filter(({ code }) => code !== "PLAN_STAYS"), []);
      const staying = next.problems.map(({ what }) => what);
      const running = next.instances.filter(({ want }) => want === "running");
      assert.deepEqual(running.map(({ id }) => id), first.instances.map(({ id }) => id));
      const claims = running.flatMap((each) =>
        each.claims.map(({ kind, key }) => `${each.host} ${kind}/${key}`)
      );
      assert.equal(new Set(claims).size, claims.length);
      for (const each of running) {
        const was = first.instances.find(({ id }) => id === each.id)!;
        const fate = fates["abc".indexOf(each.host)];
        if (staying.some((what) => what.includes(`"${each.id}"`))) {
          const isAway = fate === "dead" || fate === "left";
          assert.deepEqual(each, { ...was, ...(isAway && { stranded: true }) });
        } else assert.ok(!["dead", "left", "drained"].includes(fate), `${each.id} on ${fate}`);
      }
    }),
    { numRuns: 300 },
  );
});

function becoming(fate: string): Partial<HostInventory> {
  if (fate === "drained") return { isDraining: true };
  if (fate === "small") return { capacity: { cpus: 1 } };
  return { liveness: fate as HostInventory["liveness"], capacity: { cpus: 4 } };
}
