import assert from "node:assert/strict";
import fc from "fast-check";
import { graph, host, inShort, plan, withClaims } from "./_shop.ts";
import type { HostInventory } from "./inventory.ts";
import type { ServicePlan } from "./service_plan.ts";

const shop = graph({
  web: {
    properties: { command: ["serve"] },
    to: { port: "http", directory: "data" },
  },
  http: { type: "Port" },
  data: { type: "Directory" },
  client: { to: { connection: "web" } },
});

function after(service: ServicePlan, clout = shop) {
  return { before: { clout, instances: service.instances } };
}

function check(actual: string[], expected: string[]): void {
  assert.deepEqual(actual.map((each) => each.replaceAll(/tcp\/2\d{4}/g, "tcp/2xxxx")), expected);
}

function problemsOf(service: ServicePlan): string[] {
  return service.problems.map(({ code, what, why }) => `${code}: ${what}; ${why}`);
}

Deno.test("planService() puts a whole service on the one host, ports and directories beside it", () => {
  const service = plan(shop, [host("a")]);
  check(inShort(service), [
    "create client-0 @a",
    "create data-0 @a",
    "create http-0 @a tcp/2xxxx",
    "create web-0 @a",
  ]);
  assert.deepEqual(service.problems, []);
  assert.deepEqual(service.instances.map(({ epoch, revision }) => [epoch, revision]), [
    [1, 1],
    [1, 1],
    [1, 1],
    [1, 1],
  ]);
});

Deno.test("planService() has nothing to do a second time, and says what one property changed", () => {
  const first = plan(shop, [host("a")]);
  const hosts = withClaims([host("a")], first.instances);
  const again = plan(shop, hosts, after(first));
  assert.deepEqual(again.changes.map(({ change }) => change), Array(4).fill("unchanged"));
  assert.deepEqual(again.instances, first.instances);

  const edited = graph({
    web: { properties: { command: ["serve", "-v"] }, to: { port: "http", directory: "data" } },
    http: { type: "Port" },
    data: { type: "Directory" },
    client: { to: { connection: "web" } },
  });
  const changed = plan(edited, hosts, after(first)).changes
    .filter(({ change }) => change !== "unchanged");
  assert.deepEqual(changed, [{
    id: "web-0",
    change: "update",
    host: "a",
    reasons: [`property "command" changes from ["serve"] to ["serve","-v"]`],
  }]);
});

Deno.test("planService() keeps tombstones until their host has acknowledged", () => {
  const first = plan(shop, [host("a")]);
  const gone = plan(undefined, [host("a")], after(first));
  assert.deepEqual(new Set(gone.changes.map(({ change }) => change)), new Set(["remove"]));
  assert.ok(gone.instances.every(({ want }) => want === "absent"));
  const removed = gone.instances.filter(({ id }) => id !== "web-0");
  const waiting = plan(undefined, [host("a")], { ...after(gone), removed });
  assert.deepEqual(waiting.instances.map(({ id }) => id), ["web-0"]);
  assert.deepEqual(waiting.changes[0].reasons, [`host "a" has not removed it yet`]);
  assert.deepEqual(plan(undefined, [], { ...after(waiting), forget: ["a"] }).instances, []);
});

Deno.test("planService() takes back what was to go, with a higher epoch", () => {
  const first = plan(shop, [host("a")]);
  const gone = plan(undefined, [host("a")], after(first));
  const back = plan(shop, withClaims([host("a")], gone.instances), after(gone));
  assert.ok(back.instances.every(({ epoch, want }) => epoch === 2 && want === "running"));
  assert.equal(back.instances.length, 4);
});

Deno.test("planService() goes on counting epochs after what a host has just removed", () => {
  const first = plan(shop, [host("a")]);
  const gone = plan(undefined, [host("a")], after(first));
  const removed = gone.instances;
  const dropped = plan(undefined, [host("a")], { ...after(gone), removed });
  assert.deepEqual(dropped.instances, []);
  const back = plan(shop, [host("a")], { ...after(dropped), removed });
  assert.ok(back.instances.every(({ epoch }) => epoch === 2), JSON.stringify(back.instances));
});

Deno.test("planService() moves what was on a dead host, and leaves a tombstone there", () => {
  const hosts = [host("a"), host("b")];
  const first = plan(graph({ web: {} }), hosts);
  const [{ host: was }] = first.instances;
  const other = was === "a" ? "b" : "a";
  const dead = hosts.map((each): HostInventory =>
    each.id === was ? { ...each, liveness: "dead" } : each
  );
  const moved = plan(graph({ web: {} }), dead, after(first, graph({ web: {} })));
  assert.deepEqual(
    moved.instances.map(({ id, host, epoch, want }) => [id, host, epoch, want]),
    [["web-0", was, 1, "absent"], ["web-0", other, 2, "running"]],
  );
  assert.deepEqual(moved.changes.map(({ change, reasons }) => [change, ...reasons]), [
    ["move", `host "${was}" is dead`],
  ]);
  const suspected = hosts.map((each): HostInventory =>
    each.id === was ? { ...each, liveness: "suspect" } : each
  );
  assert.deepEqual(
    plan(graph({ web: {} }), suspected, after(first, graph({ web: {} }))).changes[0].change,
    "unchanged",
  );
});

Deno.test("planService() restarts what it is asked to by raising the revision", () => {
  const first = plan(shop, [host("a")]);
  const again = plan(shop, withClaims([host("a")], first.instances), {
    ...after(first),
    restart: new Set(["web-0"]),
  });
  assert.equal(again.instances.find(({ id }) => id === "web-0")!.revision, 2);
  assert.deepEqual(again.changes.find(({ id }) => id === "web-0")!.reasons, [
    "a restart was asked for",
  ]);
});

Deno.test("planService() makes as many instances as Redundancy or a count says", () => {
  const nodes = { web: { to: { port: "http" } }, http: { type: "Port" } };
  const redundant = graph(nodes, {
    many: { type: "Redundancy", targets: ["web"], properties: { min: 2, max: 3 } },
  });
  check(inShort(plan(redundant, [host("a")])), [
    "create http-0 @a tcp/2xxxx",
    "create http-1 @a tcp/2xxxx",
    "create http-2 @a tcp/2xxxx",
    "create web-0 @a",
    "create web-1 @a",
    "create web-2 @a",
  ]);
  const counted = graph({
    web: { count: 2, to: { port: "http[*]" } },
    http: { type: "Port", count: 2 },
  });
  assert.deepEqual(
    plan(counted, [host("a")]).instances.map(({ id, vertex }) => `${id} ${vertex}`),
    ["http-0 http[0]", "http-1 http[1]", "web-0 web[0]", "web-1 web[1]"],
  );
  const both = graph({ web: { count: 2 } }, {
    many: { type: "Redundancy", targets: ["web"] },
  });
  assert.match(problemsOf(plan(both, [host("a")]))[0], /^PLAN_COUNT_TWICE/);
});

Deno.test("planService() tells two ports of one node apart", () => {
  const two = graph({
    web: { to: { port: ["http[0]", "http[1]"] } },
    http: { type: "Port", count: 2 },
  });
  const ids = plan(two, [host("a")]).instances.map(({ id, vertex }) => `${id} ${vertex}`);
  assert.deepEqual(ids, ["http-0 http[0]", "http-1 http[1]", "web-0 web"]);
});

Deno.test("planService() names who holds the port that is wanted", () => {
  const fixed = graph({
    web: { to: { port: "http" } },
    http: { type: "Port", properties: { port: 8080 } },
  });
  const taken = host("a", { listeners: [{ key: "tcp/8080", holder: "nginx (pid 812)" }] });
  assert.deepEqual(problemsOf(plan(fixed, [taken])), [
    `PLAN_REFUSED: Cannot place instances "web-0", "http-0" together on host "a"; ` +
    `Tcp port 8080 is held by nginx (pid 812)`,
  ]);
  const claimed = host("b", {
    claims: [{ kind: "tcp", key: "8080", namespace: "x", service: "blog", instance: "web-0" }],
  });
  const cordoned = host("c", { isCordoned: true });
  assert.match(
    problemsOf(plan(fixed, [taken, claimed, cordoned]))[0],
    /Host "a": tcp port 8080 is held by nginx.*Host "b": .*"web-0" of service "blog"; Host "c": it is cordoned/,
  );
});

Deno.test("planService() lets a fixed port pass from an instance that goes to one that comes", () => {
  const named = (name: string) =>
    graph({
      [name]: { to: { port: `${name}-port` } },
      [`${name}-port`]: { type: "Port", properties: { port: 8080 } },
    });
  const first = plan(named("web"), [host("a")]);
  const renamed = plan(named("www"), withClaims([host("a")], first.instances), {
    before: { clout: named("web"), instances: first.instances },
  });
  assert.deepEqual(renamed.problems, []);
  assert.deepEqual(renamed.changes.find(({ id }) => id === "www-port-0")!.reasons, [
    "it is new, on the only host",
    `takes tcp 8080 over from "web-port-0"`,
  ]);
});

Deno.test("planService() refuses what nothing realises, and circles of dependencies", () => {
  const unknown = graph({ web: { type: "Unknown" } });
  assert.match(problemsOf(plan(unknown, [host("a")]))[0], /^PLAN_NO_PLUGIN: .*"web" of type/);
  const circle = graph({
    a: { to: { dependency: "b" } },
    b: { to: { dependency: "c" } },
    c: { to: { dependency: "b" } },
  });
  assert.match(
    problemsOf(plan(circle, [host("a")]))[0],
    /^PLAN_DEPENDENCY_CYCLE: Cannot order nodes "b", "c"; .*b → c → b/,
  );
});

Deno.test("planService() warns of a policy that nothing carries out", () => {
  const other = graph({ web: {} }, { odd: { type: "acme:1.0::Redundency", targets: ["web"] } });
  const [found] = plan(other, [host("a")]).problems;
  assert.equal(found.severity, "warning");
  assert.equal(found.fix, `Did you mean "Redundancy"?`);
  const known = graph({ web: {} }, { check: { type: "HealthCheck", targets: ["web"] } });
  assert.deepEqual(plan(known, [host("a")]).problems, []);
});

Deno.test("planService() gives a directory to each host of its users, and keeps its index there", () => {
  const nodes = {
    web: { to: { directory: "data" } },
    data: { type: "Directory" },
  };
  const policies = (max: number) => ({
    many: { type: "Redundancy", targets: ["web"], properties: { min: max } },
    apart: { type: "Scattering", targets: ["web"], properties: { mode: "strict" } },
  });
  const hosts = [host("a"), host("b"), host("c")];
  const clout = graph(nodes, policies(3));
  const three = plan(clout, hosts);
  const data = three.instances.filter(({ vertex }) => vertex === "data");
  assert.deepEqual(data.map(({ id, host }) => `${id} ${host}`).sort(), [
    "data-0 a",
    "data-1 b",
    "data-2 c",
  ]);
  const two = plan(graph(nodes, policies(2)), hosts, {
    before: { clout, instances: three.instances },
  });
  const kept = two.instances.filter(({ vertex, want }) => vertex === "data" && want === "running");
  assert.equal(kept.length, 2);
  for (const each of kept) {
    assert.ok(data.some(({ id, host }) => id === each.id && host === each.host));
  }
});

Deno.test("planService() after itself changes nothing, whatever was planned", () => {
  fc.assert(fc.property(arbitraryService(), arbitraryHosts(), (clout, hosts) => {
    const first = plan(clout, hosts);
    fc.pre(!first.problems.some(({ severity }) => severity === "error"));
    const again = plan(clout, withClaims(hosts, first.instances), {
      before: { clout, instances: first.instances },
    });
    assert.deepEqual(again.instances, first.instances);
    assert.deepEqual(again.changes.filter(({ change }) => change !== "unchanged"), []);
  }));
});

Deno.test("planService() never gives one claim on one host to two", () => {
  fc.assert(fc.property(arbitraryService(), arbitraryHosts(), (clout, hosts) => {
    const { instances } = plan(clout, hosts);
    const keys = instances.flatMap(({ host, claims }) =>
      claims.map(({ kind, key }) => `${host} ${kind}/${key}`)
    );
    assert.equal(new Set(keys).size, keys.length);
    for (const { id, listeners } of hosts) {
      for (const { key } of listeners) assert.ok(!keys.includes(`${id} ${key}`));
    }
  }));
});

Deno.test("planService() moves nothing because of an unrelated node", () => {
  fc.assert(fc.property(arbitraryService(), arbitraryHosts(), (clout, hosts) => {
    const first = plan(clout, hosts);
    fc.pre(!first.problems.some(({ severity }) => severity === "error"));
    const newcomer = graph({ newcomer: { to: { port: "newport" } }, newport: { type: "Port" } });
    const more = { ...clout, vertexes: new Map([...newcomer.vertexes, ...clout.vertexes]) };
    const second = plan(more, withClaims(hosts, first.instances), {
      before: { clout, instances: first.instances },
    });
    const old = second.instances.filter(({ vertex }) => !vertex.startsWith("new"));
    assert.deepEqual(old, first.instances);
  }));
});

function arbitraryHosts(): fc.Arbitrary<HostInventory[]> {
  return fc.array(
    fc.record({
      zone: fc.constantFrom("x", "y"),
      isCordoned: fc.boolean(),
      busy: fc.uniqueArray(fc.integer({ min: 8080, max: 8083 }), { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 4 },
  ).map((all) =>
    all.map(({ zone, isCordoned, busy }, index) =>
      host(`h${index}`, {
        labels: { zone },
        isCordoned,
        listeners: busy.map((port) => ({ key: `tcp/${port}`, holder: "other" })),
      })
    )
  );
}

function arbitraryService() {
  const node = fc.record({
    port: fc.option(fc.oneof(fc.constant("any"), fc.integer({ min: 8080, max: 8082 }))),
    replicas: fc.integer({ min: 1, max: 3 }),
    directory: fc.boolean(),
  });
  return fc.array(node, { minLength: 1, maxLength: 4 }).map((nodes) => {
    const entries = nodes.flatMap(({ port, directory }, index) => [
      [`n${index}`, {
        to: {
          ...(port !== null && { port: `p${index}` }),
          ...(directory && { directory: "data" }),
        },
      }],
      ...(port === null ? [] : [[`p${index}`, {
        type: "Port",
        properties: port === "any" ? { from: 8080, to: 8090 } : { port },
      }]]),
    ]);
    const policies = nodes.map(({ replicas }, index) => [`r${index}`, {
      type: "Redundancy",
      targets: [`n${index}`],
      properties: { min: replicas },
    }]);
    return graph(
      { ...Object.fromEntries(entries), data: { type: "Directory" } },
      Object.fromEntries(policies),
    );
  });
}

Deno.test("planService() makes as many instances as it is scaled to, and says where that cannot be", () => {
  const many = graph({ web: { to: { port: "http" } }, http: { type: "Port" } }, {
    many: { type: "Redundancy", targets: ["web"], properties: { min: 2, max: 3 } },
  });
  const scaled = (scale: Record<string, number>) => plan(many, [host("a"), host("b")], { scale });
  const webs = (service: ServicePlan) =>
    service.instances.filter(({ vertex }) => vertex === "web").map(({ id }) => id);
  assert.deepEqual(webs(scaled({ web: 5 })), ["web-0", "web-1", "web-2", "web-3", "web-4"]);
  assert.deepEqual(webs(scaled({ web: 2 })), ["web-0", "web-1"]);
  assert.match(problemsOf(scaled({ web: 1 }))[0], /^PLAN_SCALE: .*wants at least 2/);
  assert.match(problemsOf(scaled({ wbe: 1 }))[0], /^PLAN_SCALE: .*no such node/);
  assert.match(problemsOf(scaled({ http: 1 }))[0], /^PLAN_SCALE: .*as many instances as the nodes/);
});

Deno.test("planService() lets what moves from a living host serve until its successor is ready", () => {
  const moved = (parts: Partial<HostInventory>, exclusive = false) => {
    const clout = graph({ web: { properties: { exclusive } } });
    const first = plan(clout, [host("a")]);
    const service = plan(clout, [host("a", parts), host("b")], after(first, clout));
    return service.instances.map(({ host, want, handsOver = false }) => [host, want, handsOver]);
  };
  assert.deepEqual(moved({ isDraining: true }), [["a", "absent", true], ["b", "running", false]]);
  assert.deepEqual(moved({ liveness: "dead" }), [["a", "absent", false], ["b", "running", false]]);
  assert.deepEqual(moved({ isDraining: true }, true), [
    ["a", "absent", false],
    ["b", "running", false],
  ]);
});
