import assert from "node:assert/strict";
import fc from "fast-check";
import type { JsonObject } from "../base/mod.ts";
import { graph, host, type NodeOptions, plan, type PolicyOptions } from "./_shop.ts";

const hosts = [
  host("id-a", { name: "a", labels: { zone: "east" } }),
  host("id-b", { name: "b", labels: { zone: "west" } }),
  host("id-c", { name: "c", labels: { zone: "west" } }),
];
const both = ["web", "cache"];
const shop = { web: {}, cache: {} };

type Policies = Record<string, PolicyOptions>;

function strict(type: string, line: number, ...targets: string[]): PolicyOptions {
  return { type, targets, properties: { mode: "strict" }, line };
}

function placement(line: number, properties: JsonObject, ...targets: string[]): PolicyOptions {
  return { type: "Placement", targets, properties, line };
}

function copies(count: number, ...targets: string[]): PolicyOptions {
  return { type: "Redundancy", targets, properties: { min: count } };
}

/** Returns what is wrong with the policies, which is all that is wrong. */
function found(policies: Policies, nodes: Record<string, NodeOptions> = shop) {
  const { problems } = plan(graph(nodes, policies), hosts);
  assert.deepEqual([...new Set(problems.map(({ code }) => code))], ["PLAN_POLICY"]);
  assert.ok(problems.every(({ severity, why, fix }) => severity === "error" && why && fix));
  return problems.map(({ what, where, why, fix }) => ({
    what,
    at: `${where?.position?.file}:${where?.position?.line}:${where?.position?.column}`,
    why,
    fix,
  }));
}

function whys(policies: Policies, nodes?: Record<string, NodeOptions>): string {
  return found(policies, nodes).map(({ why }) => why).join("\n");
}

/** Whether policies are possible: each instance has its host. */
function isPossible(policies: Policies, nodes: Record<string, NodeOptions> = shop): boolean {
  return plan(graph(nodes, policies), hosts).problems.length === 0;
}

Deno.test("contradictions() names a strict Colocation and a strict Separation of the same nodes", () => {
  const together = strict("Colocation", 12, ...both);
  assert.deepEqual(found({ together, apart: strict("Separation", 20, ...both) }), [{
    what: 'Cannot carry out policy "apart" beside "together": they contradict each other',
    at: "shop.yaml:20:5",
    why: '"together" (shop.yaml:12:5) keeps "web-0" and "cache-0" on one host, ' +
      'and "apart" (shop.yaml:20:5) keeps them on different ones',
    fix: 'Remove one of them, or give one the mode "preferred": it then gives way',
  }]);
  const preferred = { ...together, properties: { mode: "preferred" } };
  assert.ok(isPossible({ together: preferred, apart: strict("Separation", 20, ...both) }));
  assert.ok(isPossible({
    together,
    apart: { type: "Separation", targets: both, properties: { mode: "preferred" } },
  }));
  assert.ok(isPossible({ together, apart: strict("Separation", 20, "web") }), "of one node");
});

Deno.test("contradictions() names all policies of a chain that holds two nodes together", () => {
  const why = whys({
    one: strict("Colocation", 1, "web", "queue"),
    other: strict("Colocation", 2, "queue", "cache"),
    apart: strict("Separation", 3, "web", "cache"),
  }, { ...shop, queue: {} });
  assert.match(why, /^"one" \(shop.yaml:1:5\) and "other" \(shop.yaml:2:5\) keep .* "apart"/);
});

Deno.test("contradictions() knows that what follows a node is where that is", () => {
  const nodes = { web: { to: { port: "port" } }, port: { type: "Port" } };
  const [{ what, why, fix }] = found({ apart: strict("Separation", 3, "web", "port") }, nodes);
  assert.equal(what, 'Cannot carry out policy "apart": it contradicts what belongs together');
  assert.match(why!, /^"web-0" is always where "port-0" is/);
  assert.match(fix!, /^Take "web" or "port" out of the targets of "apart"/);
});

Deno.test("contradictions() finds policies that leave one node, or nodes on one host, no host", () => {
  const onA = placement(1, { hosts: ["a"] }, "web");
  assert.match(
    whys({ onA, onB: placement(2, { hosts: ["b", "c"] }, "web") }),
    /^For "web", "onA" \(shop.yaml:1:5\) wants host "a", and "onB" .* host "b" or "c": they/,
  );
  const together = strict("Colocation", 3, ...both);
  const onB = placement(2, { hosts: ["b"] }, "cache");
  assert.match(
    whys({ onA, onB, together }),
    /^For "web" and "cache", which are on one host, "onA"/,
  );
  assert.ok(isPossible({ onA, onB }));
  assert.ok(isPossible({ onA, same: placement(2, { hosts: ["id-a"] }, "web") }), "by name and id");
  assert.match(
    whys({
      one: placement(1, { hosts: ["a", "b"] }, "web"),
      two: placement(2, { hosts: ["b", "c"] }, "web"),
      three: placement(3, { hosts: ["c", "a"] }, "web"),
    }),
    /"one" .* "two" .* "three" /,
  );
});

Deno.test("contradictions() finds that no host has two values of a label", () => {
  const east = placement(1, { labels: { zone: ["east"] } }, "web");
  const west = placement(2, { labels: { zone: ["west"] } }, "web");
  assert.match(whys({ east, west }), /wants label "zone" "east", and "west" .* "zone" "west"/);
  const shares = {
    ...strict("Distribution", 4, "web"),
    properties: { label: "zone", ratio: { west: 1, east: 0 }, mode: "strict" },
  };
  assert.match(whys({ east, shares }), /"east" .* "shares" \(shop.yaml:4:5\) wants label "zone"/);
  assert.ok(isPossible({ west, shares }));
  const any = placement(3, { labels: { zone: ["*"] } }, "web");
  assert.ok(isPossible({ east, any }));
});

Deno.test("contradictions() finds what is kept apart and pinned to fewer hosts", () => {
  const apart = strict("Separation", 9, ...both);
  const web = placement(1, { hosts: ["a"] }, "web");
  const cache = placement(2, { hosts: ["a"] }, "cache");
  const [{ at, why, fix }] = found({ apart, web, cache });
  assert.equal(at, "shop.yaml:9:5");
  assert.equal(
    why,
    '"apart" (shop.yaml:9:5) keeps 2 apart ("web", "cache"), and "web" (shop.yaml:1:5) and ' +
      '"cache" (shop.yaml:2:5) allow host "a" only',
  );
  assert.match(fix!, /^Let one of them name more hosts, .* give "apart" the mode "preferred"$/);
  assert.ok(isPossible({ apart, web }), "the other goes elsewhere");
  const few = placement(1, { hosts: ["a", "b"] }, "web");
  const wide = strict("Scattering", 3, "web");
  assert.match(
    whys({ many: copies(3, "web"), wide, few }),
    /^"wide" .* keeps 3 apart \("web-0", "web-1", "web-2"\), and "few" .* allows hosts "a" and "b" only/,
  );
  assert.ok(isPossible({ many: copies(2, "web"), wide, few }));
  const optional = { ...copies(2, "web"), properties: { min: 2, max: 3 } };
  const { problems } = plan(graph(shop, { many: optional, wide, few }), hosts);
  assert.deepEqual(problems.map(({ code, severity }) => [code, severity]), [
    ["PLAN_REFUSED", "warning"],
  ]);
});

Deno.test("contradictions() finds a crowd among parts that have enough hosts by themselves", () => {
  const nodes = { web: {}, cache: {}, queue: {} };
  const apart = strict("Separation", 9, "web", "cache", "queue");
  const policies = {
    apart,
    web: placement(1, { hosts: ["a", "b"] }, "web"),
    cache: placement(2, { hosts: ["a", "b"] }, "cache"),
  };
  assert.ok(
    isPossible({ ...policies, queue: placement(3, { hosts: ["a", "c"] }, "queue") }, nodes),
  );
  assert.match(
    whys({ ...policies, queue: placement(3, { hosts: ["a", "b"] }, "queue") }, nodes),
    /keeps 3 apart .* "queue" \(shop.yaml:3:5\) allow hosts "a" and "b" only/,
  );
});

Deno.test("contradictions() finds more that is kept apart than a policy allows hosts", () => {
  const policies = (count: number) => ({
    many: copies(3, "web"),
    wide: strict("Scattering", 3, "web"),
    few: placement(4, { count }, "web"),
  });
  const [{ why, fix }] = found(policies(2));
  assert.match(why!, /^"wide" .* keeps 3 apart .*, and "few" \(shop.yaml:4:5\) allows 2 hosts$/);
  assert.match(fix!, /^Raise the count of "few" to 3 or more, /);
  assert.ok(isPossible(policies(3)));
});

Deno.test("contradictions() is a warning where what is there is moved as well as can be", () => {
  const clout = graph(shop, {
    together: strict("Colocation", 1, ...both),
    apart: strict("Separation", 2, ...both),
  });
  const before = { clout, instances: plan(graph(shop), hosts).instances };
  const { problems, instances } = plan(clout, hosts, { before, isAsBefore: true });
  assert.deepEqual(problems.map(({ code, severity }) => [code, severity]), [
    ["PLAN_POLICY", "warning"],
  ]);
  assert.equal(instances.filter(({ want }) => want === "running").length, 2);
  const [{ severity }] = plan(clout, hosts, { isAsBefore: true }).problems;
  assert.equal(severity, "error", "there is nothing yet");
});

Deno.test("readPolicies() refuses two numbers, or two plugins, for one node", () => {
  const two = { ...copies(2, "web"), line: 1 };
  const three = { ...copies(3, "web", "cache"), line: 2 };
  const [{ what, at, why }] = found({ two, three });
  assert.equal(what, 'Cannot carry out policy "three" beside policy "two"');
  assert.equal(at, "shop.yaml:2:5");
  assert.equal(why, '"three" (shop.yaml:2:5) gives "web" 3, "two" (shop.yaml:1:5) 2');
  assert.ok(isPossible({ two, same: { ...copies(2, "web") } }));
  const by = (plugin: string) => ({ type: "Delegation", targets: ["web"], properties: { plugin } });
  assert.match(
    whys({ one: by("process"), other: by("mine") }),
    /gives "web" plugin "mine", "one" /,
  );
});

const names = ["web", "cache", "queue"] as const;
const some = fc.uniqueArray(fc.constantFrom(...names), { minLength: 1 });
const somePolicy: fc.Arbitrary<PolicyOptions> = fc.oneof(
  fc.tuple(fc.constantFrom("Colocation", "Separation", "Scattering"), some)
    .map(([type, targets]) => strict(type, 1, ...targets)),
  fc.tuple(fc.subarray(["a", "b", "c"], { minLength: 1 }), some)
    .map(([hosts, targets]) => placement(1, { hosts }, ...targets)),
  fc.tuple(fc.subarray(["east", "west"], { minLength: 1 }), some)
    .map(([zone, targets]) => placement(1, { labels: { zone } }, ...targets)),
  fc.tuple(fc.integer({ min: 1, max: 2 }), some)
    .map(([count, targets]) => placement(1, { count }, ...targets)),
);

Deno.test("contradictions() finds only what no hosts whatever can fulfil", () => {
  let [told, possible] = [0, 0];
  fc.assert(
    fc.property(fc.array(somePolicy, { maxLength: 5 }), fc.boolean(), (list, isTwice) => {
      const policies = Object.fromEntries(list.map((policy, at) => [`policy${at}`, policy]));
      const all = { ...policies, ...(isTwice && { many: copies(2, "web") }) };
      const { problems } = plan(graph({ web: {}, cache: {}, queue: {} }, all), []);
      const isTold = problems.some(({ code }) => code === "PLAN_POLICY");
      const instances = [...names, ...(isTwice ? ["web"] : [])];
      const isFulfilled = ways(instances.length).some((way) => fulfils(list, instances, way));
      if (isTold) assert.ok(!isFulfilled, JSON.stringify(all));
      told += Number(isTold);
      possible += Number(isFulfilled);
    }),
    { numRuns: 1_000 },
  );
  assert.ok(told > 100 && possible > 100, `${told} told, ${possible} possible`);
});

/** Every way to put so many instances on hosts: three that have a name in policies, and enough of others. */
function ways(count: number): readonly (readonly string[])[] {
  const places = ["a", "b", "c", "d", "e", "f", "g"];
  return Array.from({ length: count }).reduce<string[][]>(
    (found) => found.flatMap((way) => places.map((place) => [...way, place])),
    [[]],
  );
}

/** Whether a way keeps to all policies, with hosts whose labels are as they have to be. The last of four is the second "web". */
function fulfils(
  policies: readonly PolicyOptions[],
  instances: readonly string[],
  way: readonly string[],
): boolean {
  const zones = new Map(way.map((place) => [place, new Set(["east", "west"])]));
  for (const { type, targets, properties = {} } of policies) {
    const at = (template: string) => way.filter((_, index) => instances[index] === template);
    const of = targets.flatMap(at);
    const isApart = (list: readonly string[]) => new Set(list).size === list.length;
    const { hosts, labels, count } = properties as Record<string, unknown>;
    if (type === "Colocation") {
      if (new Set(targets.map((each) => at(each)[0])).size > 1) return false;
    } else if (type === "Scattering") {
      if (!targets.every((each) => isApart(at(each)))) return false;
    } else if (type === "Separation") {
      const sides = targets.length === 1 ? of.map((each) => [each]) : targets.map(at);
      if (!isApart(sides.flatMap((side) => [...new Set(side)]))) return false;
    } else {
      if (Array.isArray(hosts) && !of.every((each) => hosts.includes(each))) return false;
      if (typeof count === "number" && new Set(of).size > count) return false;
      const zone = (labels as { zone?: string[] } | undefined)?.zone;
      if (zone) {
        for (const each of of) zones.set(each, zones.get(each)!.intersection(new Set(zone)));
      }
    }
  }
  return [...zones.values()].every((zone) => zone.size > 0);
}
