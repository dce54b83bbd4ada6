/** A test for each property of each policy that the planner carries out: it fails where the property is ignored. */
import assert from "node:assert/strict";
import type { JsonObject } from "../base/mod.ts";
import { graph, host, plan, realise } from "./_shop.ts";
import type { HostInventory } from "./inventory.ts";
import type { ServicePlan } from "./service_plan.ts";

type Policies = Record<string, { type: string; targets: string[]; properties?: JsonObject }>;

const three = [
  host("a", { labels: { zone: "east", disk: "ssd" } }),
  host("b", { labels: { zone: "east" } }),
  host("c", { labels: { zone: "west" } }),
];

/** Room for one processor on each host. */
const narrow = three.map((each): HostInventory => ({ ...each, capacity: { cpus: 1 } }));

function many(count: number, ...targets: string[]): Policies {
  return { many: { type: "Redundancy", targets, properties: { min: count } } };
}

function placed(service: ServicePlan): Record<string, string> {
  assert.deepEqual(service.problems.map(({ what, why }) => `${what}: ${why}`), []);
  return Object.fromEntries(service.instances.map(({ id, host }) => [id, host]));
}

function refusals(service: ServicePlan): string {
  const errors = service.problems.filter(({ severity }) => severity === "error");
  assert.ok(errors.length > 0, "it is refused");
  assert.ok(errors.every(({ code, fix }) => code === "PLAN_REFUSED" && fix));
  return errors.map(({ why }) => why).join("\n");
}

Deno.test("Colocation: a strict one refuses what does not fit together, a preferred one parts it", () => {
  const nodes = { web: { properties: { cpus: 1 } }, cache: { properties: { cpus: 1 } } };
  const together = (mode?: string) =>
    plan(
      graph(nodes, {
        together: {
          type: "Colocation",
          targets: ["web", "cache"],
          ...(mode && { properties: { mode } }),
        },
      }),
      narrow,
    );
  assert.match(refusals(together()), /it has 1 of the 2 processors wanted/);
  assert.match(refusals(together("strict")), /processors wanted/);
  const parted = placed(together("preferred"));
  assert.notEqual(parted["web-0"], parted["cache-0"]);
  const roomy = plan(
    graph(nodes, {
      together: {
        type: "Colocation",
        targets: ["web", "cache"],
        properties: { mode: "preferred" },
      },
    }),
    three,
  );
  assert.equal(placed(roomy)["web-0"], placed(roomy)["cache-0"]);
});

Deno.test("Separation: of one target its copies, of several their nodes; strict refuses, preferred gives way", () => {
  const apart = (targets: string[], count: number, mode?: string, hosts = three) =>
    plan(
      graph({ web: {}, cache: {} }, {
        ...many(count, "web"),
        apart: { type: "Separation", targets, ...(mode && { properties: { mode } }) },
      }),
      hosts,
    );
  const one = three.slice(0, 1);
  assert.match(refusals(apart(["web"], 4)), /policy "apart" keeps it from "web-\d"/);
  assert.equal(Object.keys(placed(apart(["web"], 4, "preferred"))).length, 5);
  assert.match(
    refusals(apart(["web", "cache"], 1, undefined, one)),
    /policy "apart" keeps it from "(web|cache)"/i,
  );
  const parted = placed(apart(["web", "cache"], 2));
  assert.ok(![parted["web-0"], parted["web-1"]].includes(parted["cache-0"]));
  assert.equal(Object.keys(placed(apart(["web", "cache"], 1, "preferred", one))).length, 2);
});

Deno.test("Scattering: copies of each target by itself are apart, as far as can be unless it is strict", () => {
  const scattered = (count: number, mode?: string) =>
    plan(
      graph({ web: {}, cache: {} }, {
        ...many(count, "web", "cache"),
        wide: {
          type: "Scattering",
          targets: ["web", "cache"],
          ...(mode && { properties: { mode } }),
        },
      }),
      three,
    );
  const hosts = placed(scattered(3, "strict"));
  for (const name of ["web", "cache"]) {
    assert.equal(new Set([0, 1, 2].map((index) => hosts[`${name}-${index}`])).size, 3);
  }
  assert.match(refusals(scattered(4, "strict")), /policy "wide" scatters it from "(web|cache)-\d"/);
  assert.equal(Object.keys(placed(scattered(4))).length, 8);
});

Deno.test("Distribution: by its label, evenly or by ratio; strict refuses who has no share", () => {
  const shared = (properties: JsonObject, hosts = three, count = 4) =>
    plan(
      graph({ web: {} }, {
        ...many(count, "web"),
        shares: { type: "Distribution", targets: ["web"], properties },
      }),
      hosts,
    );
  const west = (service: ServicePlan) =>
    Object.values(placed(service)).filter((each) => each === "c").length;
  assert.equal(west(shared({ label: "zone", mode: "strict" })), 2);
  assert.equal(west(shared({ label: "zone" })), 2);
  assert.equal(west(shared({ label: "zone", ratio: { east: 3, west: 1 }, mode: "strict" })), 1);
  const ssd = shared({ label: "disk", mode: "strict" });
  assert.deepEqual(new Set(Object.values(placed(ssd))), new Set("a"));
  assert.match(
    refusals(shared({ label: "rack", mode: "strict" })),
    /wants label "rack", it has none/,
  );
  assert.equal(Object.keys(placed(shared({ label: "rack" }))).length, 4);
  const cramped = three.map((each) => ({ ...each, isCordoned: each.id === "c" }));
  const refused = refusals(shared({ label: "zone", mode: "strict" }, cramped));
  assert.match(refused, /policy "shares" gives "east" its share \(2\) already/);
  assert.match(refused, /Host "c": it is cordoned/);
});

Deno.test("Placement: each of its properties narrows, several policies narrow together, and each host is told why", () => {
  const where = (...all: JsonObject[]) =>
    plan(
      graph(
        { web: {} },
        Object.fromEntries(
          all.map((properties, index) => [
            `where${index}`,
            { type: "Placement", targets: ["web"], properties },
          ]),
        ),
      ),
      three,
    );
  assert.deepEqual(placed(where({ hosts: ["b"] })), { "web-0": "b" });
  assert.deepEqual(placed(where({ labels: { zone: ["east"] } }, { labels: { disk: ["*"] } })), {
    "web-0": "a",
  });
  const refused = refusals(where({ hosts: ["c"] }, { labels: { zone: ["east"] } }));
  assert.match(refused, /Hosts "a", "b": policy "where0" wants host "c"/);
  assert.match(refused, /Host "c": policy "where1" wants label "zone" "east", it has "west"/);
  assert.match(refusals(where({ hosts: ["nowhere"] })), /wants host "nowhere"/);
});

Deno.test("Delegation: the plugin that it names realises its targets alone, and has to be there", () => {
  const clout = graph({ web: {}, cache: {} }, {
    by: { type: "Delegation", targets: ["web"], properties: { plugin: "special" } },
  });
  const service = plan(clout, three, {
    realise: (vertex, delegate) =>
      delegate === undefined ? realise(vertex) : { plugin: delegate, digest: "sha256:x" },
  });
  assert.deepEqual(
    placed(service) && service.instances.map(({ id, plugin }) => `${id} ${plugin}`),
    [
      "cache-0 process",
      "web-0 special",
    ],
  );
  const missing = plan(clout, three, {
    realise: (vertex, delegate) => delegate === undefined ? realise(vertex) : undefined,
  });
  assert.deepEqual(missing.problems.map(({ code, why }) => `${code}: ${why}`), [
    `PLAN_NO_PLUGIN: Its policy names plugin "special", which is not registered`,
  ]);
});

Deno.test("a policy with a value that cannot be carried out refuses the plan, and says which", () => {
  const cases: readonly [type: string, properties: JsonObject, why: RegExp][] = [
    ["Redundancy", { min: 3, max: 2 }, /"min" is 3 and "max" is 2/],
    ["Distribution", {}, /it names no "label"/],
    ["Distribution", { label: "zone", ratio: { east: 0 } }, /no share of its "ratio" is above 0/],
    ["Placement", { count: 0 }, /"count" is 0/],
    ["Placement", { ratio: 2 }, /"ratio" is 2, not above 0 and at most 1/],
    ["Delegation", {}, /it names no "plugin"/],
  ];
  for (const [type, properties, why] of cases) {
    const { problems } = plan(
      graph({ web: {} }, { p: { type, targets: ["web"], properties } }),
      three,
    );
    assert.equal(problems[0]?.code, "PLAN_POLICY", type);
    assert.match(problems[0].what, why);
  }
});
