import assert from "node:assert/strict";
import fc from "fast-check";
import { graph, host, plan } from "./_shop.ts";
import type { HostInventory } from "./inventory.ts";
import type { ServicePlan } from "./service_plan.ts";

const three = [
  host("a", { labels: { zone: "east", disk: "ssd" } }),
  host("b", { labels: { zone: "east" } }),
  host("c", { labels: { zone: "west" } }),
];

function replicas(count: number, targets = ["web"]) {
  return { many: { type: "Redundancy", targets, properties: { min: count } } };
}

/** Host by instance id. */
function hostsOf(service: ServicePlan): Record<string, string> {
  assert.deepEqual(service.problems.map(({ what, why }) => `${what}: ${why}`), []);
  return Object.fromEntries(service.instances.map(({ id, host }) => [id, host]));
}

function why(service: ServicePlan): string {
  return service.problems.map((each) => each.why).join("\n");
}

Deno.test("placement spreads copies over hosts without being told", () => {
  const hosts = hostsOf(plan(graph({ web: {} }, replicas(3)), three));
  assert.deepEqual(Object.values(hosts).sort(), ["a", "b", "c"]);
});

Deno.test("Placement chooses hosts by name, label and number", () => {
  const where = (properties: Record<string, never> | object) =>
    graph({ web: {} }, {
      ...replicas(3),
      where: { type: "Placement", targets: ["web"], properties: properties as never },
    });
  assert.deepEqual(
    new Set(Object.values(hostsOf(plan(where({ hosts: ["c"] }), three)))),
    new Set("c"),
  );
  assert.deepEqual(
    new Set(Object.values(hostsOf(plan(where({ labels: { zone: ["east"] } }), three)))),
    new Set("ab"),
  );
  assert.deepEqual(
    new Set(Object.values(hostsOf(plan(where({ labels: { disk: ["*"] } }), three)))),
    new Set("a"),
  );
  assert.equal(new Set(Object.values(hostsOf(plan(where({ count: 2 }), three)))).size, 2);
  assert.equal(
    new Set(Object.values(hostsOf(plan(where({ ratio: { "$.float": "0.34" } }), three)))).size,
    1,
  );
  assert.match(
    why(plan(where({ labels: { zone: ["north"] } }), three)),
    /policy "where" wants label "zone" "north", it has "east"/,
  );
});

Deno.test("Colocation keeps copies of one index together, Separation keeps nodes apart", () => {
  const nodes = { web: {}, cache: {} };
  const together = hostsOf(plan(
    graph(nodes, {
      ...replicas(3, ["web", "cache"]),
      together: { type: "Colocation", targets: ["web", "cache"] },
    }),
    three,
  ));
  for (const index of [0, 1, 2]) assert.equal(together[`web-${index}`], together[`cache-${index}`]);
  const apart = hostsOf(plan(
    graph(nodes, {
      ...replicas(2, ["web", "cache"]),
      apart: { type: "Separation", targets: ["web", "cache"] },
    }),
    three,
  ));
  const on = (name: string) => [apart[`${name}-0`], apart[`${name}-1`]];
  assert.ok(on("web").every((each) => !on("cache").includes(each)));
});

Deno.test("a strict policy refuses with the reason for each host, a preferred one gives way", () => {
  const scattered = (mode: string) =>
    graph({ web: {} }, {
      ...replicas(4),
      apart: { type: "Scattering", targets: ["web"], properties: { mode } },
    });
  assert.equal(Object.keys(hostsOf(plan(scattered("preferred"), three))).length, 4);
  const refused = plan(scattered("strict"), three);
  assert.equal(refused.problems.length, 1);
  assert.match(why(refused), /policy "apart" scatters it from "web-\d"/);
});

Deno.test("Distribution shares copies by ratio of a label", () => {
  const shared = graph({ web: {} }, {
    ...replicas(6),
    shares: {
      type: "Distribution",
      targets: ["web"],
      properties: { label: "zone", ratio: { east: 1, west: 2 }, mode: "strict" },
    },
  });
  const hosts = Object.values(hostsOf(plan(shared, three)));
  assert.equal(hosts.filter((each) => each === "c").length, 4);
});

Deno.test("requests for processors and memory are honoured", () => {
  const small = host("a", { capacity: { cpus: 2, memoryBytes: 2 ** 30 } });
  const large = host("b", { capacity: { cpus: 4, memoryBytes: 2 ** 32 } });
  const asking = (cpus: number) =>
    graph({
      web: { properties: { cpus, memory: { "$.scalar": [2 ** 29, "B"] } } },
    }, replicas(2));
  assert.deepEqual(Object.values(hostsOf(plan(asking(3), [small, host("b")]))), ["b", "b"]);
  assert.match(why(plan(asking(3), [small, large])), /it has 2 of the 3 processors wanted/);
  const hungry = graph({ web: { properties: { memory: { "$.scalar": [2 ** 31, "B"] } } } });
  assert.deepEqual(hostsOf(plan(hungry, [small, large])), { "web-0": "b" });
});

Deno.test("a cordon keeps newcomers away and lets stay, a drain moves", () => {
  const clout = graph({ web: {} }, replicas(3));
  const first = plan(clout, three);
  const before = { clout, instances: first.instances };
  const cordoned = three.map((each) => ({ ...each, isCordoned: true }));
  assert.deepEqual(plan(clout, cordoned, { before }).instances, first.instances);
  const more = graph({ web: {} }, replicas(4));
  assert.match(why(plan(more, cordoned, { before })), /it is cordoned/);
  const drained = three.map((each) => ({ ...each, isDraining: each.id === "a" }));
  const moved = plan(clout, drained, { before });
  const [move, ...others] = moved.changes.filter(({ change }) => change !== "unchanged");
  assert.equal(move.change, "move");
  assert.deepEqual(move.reasons, [`host "a" is being drained`]);
  assert.deepEqual(others, []);
});

Deno.test("Redundancy takes what it can get above its minimum", () => {
  const clout = graph({ web: {} }, {
    many: { type: "Redundancy", targets: ["web"], properties: { min: 2, max: 5 } },
    apart: { type: "Scattering", targets: ["web"], properties: { mode: "strict" } },
  });
  const service = plan(clout, three);
  assert.equal(service.instances.length, 3);
  assert.deepEqual(service.problems.map(({ severity }) => severity), ["warning", "warning"]);
});

Deno.test("a dead end is searched for a way out", () => {
  const clout = graph({ picky: {}, easy: {}, third: {} }, {
    one: { type: "Separation", targets: ["picky", "easy"] },
    two: { type: "Separation", targets: ["easy", "third"] },
    three: { type: "Separation", targets: ["picky", "third"] },
    where: { type: "Placement", targets: ["picky"], properties: { hosts: ["a"] } },
  });
  const before = plan(
    graph({ easy: {} }, {
      where: { type: "Placement", targets: ["easy"], properties: { hosts: ["a"] } },
    }),
    three,
  );
  const hosts = hostsOf({
    ...plan(clout, three, { before: { clout: graph({ easy: {} }), instances: before.instances } }),
    instances: plan(clout, three, {
      before: { clout: graph({ easy: {} }), instances: before.instances },
    }).instances.filter(({ want }) => want === "running"),
  });
  assert.equal(hosts["picky-0"], "a");
  assert.equal(new Set(Object.values(hosts)).size, 3);
});

/** A small problem: who must not meet whom, what each wants, and what each host has. */
const puzzle = fc.record({
  hosts: fc.array(
    fc.record({ cpus: fc.integer({ min: 0, max: 4 }), zone: fc.constantFrom("x", "y") }),
    { minLength: 1, maxLength: 3 },
  ),
  nodes: fc.array(
    fc.record({
      cpus: fc.integer({ min: 0, max: 3 }),
      port: fc.option(fc.integer({ min: 80, max: 81 })),
      zone: fc.option(fc.constantFrom("x", "y")),
      from: fc.option(fc.integer({ min: 0, max: 3 })),
    }),
    { minLength: 1, maxLength: 4 },
  ),
});
type Puzzle = typeof puzzle extends fc.Arbitrary<infer T> ? T : never;

Deno.test("placement finds a way wherever trying everything finds one", () => {
  fc.assert(
    fc.property(puzzle, (it) => {
      const service = planOf(it);
      const isPlaced = service.problems.length === 0;
      assert.equal(isPlaced, canBeSolved(it));
      if (isPlaced) {
        const hosts = it.nodes.map((_, index) =>
          Number(service.instances.find(({ id }) => id === `n${index}-0`)!.host.slice(1))
        );
        assert.ok(isSolution(it, hosts));
      }
    }),
    { numRuns: 300 },
  );
});

function planOf({ hosts, nodes }: Puzzle): ServicePlan {
  const inventory: HostInventory[] = hosts.map(({ cpus, zone }, index) =>
    host(`h${index}`, { capacity: { cpus }, labels: { zone } })
  );
  const entries = nodes.flatMap(({ cpus, port }, index) => [
    [`n${index}`, {
      properties: { cpus },
      to: port === null ? {} : { port: `p${index}` },
    }],
    ...(port === null ? [] : [[`p${index}`, { type: "Port", properties: { port } }]]),
  ]);
  const policies = nodes.flatMap(({ zone, from }, index) => [
    ...(zone === null ? [] : [[`zone${index}`, {
      type: "Placement",
      targets: [`n${index}`],
      properties: { labels: { zone: [zone] } },
    }]]),
    ...(from === null || from === index || from >= nodes.length ? [] : [[`apart${index}`, {
      type: "Separation",
      targets: [`n${index}`, `n${from}`],
    }]]),
  ]);
  return plan(graph(Object.fromEntries(entries), Object.fromEntries(policies)), inventory);
}

function canBeSolved(it: Puzzle): boolean {
  const tryAll = (hosts: number[]): boolean =>
    hosts.length === it.nodes.length
      ? isSolution(it, hosts)
      : it.hosts.some((_, index) => tryAll([...hosts, index]));
  return tryAll([]);
}

function isSolution({ hosts, nodes }: Puzzle, chosen: readonly number[]): boolean {
  return nodes.every(({ zone, from }, index) =>
    (zone === null || hosts[chosen[index]].zone === zone) &&
    (from === null || from === index || from >= nodes.length || chosen[from] !== chosen[index])
  ) && hosts.every(({ cpus }, at) => {
    const here = nodes.filter((_, index) => chosen[index] === at);
    const ports = here.flatMap(({ port }) => port ?? []);
    return here.reduce((sum, each) => sum + each.cpus, 0) <= cpus &&
      new Set(ports).size === ports.length;
  });
}
