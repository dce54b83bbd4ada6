import assert from "node:assert/strict";
import { problem } from "../../base/mod.ts";
import { jsonToClout } from "../../clout/mod.ts";
import type { Instance } from "../../plan/mod.ts";
import type { ObservedItem } from "../../store/mod.ts";
import type { ServiceState } from "../service_state.ts";
import { explain, findSubject } from "./explain.ts";

const clout = jsonToClout({
  format: 1,
  policies: [],
  outputs: {},
  vertexes: [{ id: "web", name: "web", index: 0, count: 1, types: ["t:1::Process"], edges: [] }],
});

function web(parts: Partial<Instance>): Instance {
  return {
    id: "web-0",
    vertex: "web",
    index: 0,
    host: "alpha",
    epoch: 1,
    want: "running",
    revision: 1,
    plugin: "process",
    pluginDigest: "sha256:00",
    claims: [],
    ...parts,
  };
}

function seen(phase: string, parts: Partial<ObservedItem> = {}): ObservedItem {
  return { id: "web-0", phase, since: "noon", attributes: {}, epoch: 1, revision: 1, ...parts };
}

interface Parts {
  readonly away?: readonly string[];
  readonly isDeleting?: boolean;
}

/** A service of these instances, with what their hosts have written. */
function service(
  instances: readonly Instance[],
  observed: Readonly<Record<string, ObservedItem>>,
  { away = [], isDeleting = false }: Parts = {},
): ServiceState {
  const template = {
    namespace: "a",
    kind: "template",
    name: "t",
    digest: "d",
    entry: "e",
  } as const;
  const document = { generation: 2, epoch: 1, writer: { host: "alpha", boot: "b" } };
  const spec = {
    template,
    inputs: {},
    plugins: {},
    asked: { at: "noon", by: "me" },
    ...(isDeleting && { deleting: true as const }),
  };
  return {
    ref: { namespace: "team-a", service: "shop" },
    asked: { ...document, spec } as unknown as ServiceState["asked"],
    graph: {
      ...document,
      spec: { serviceGeneration: 2, clout, instances },
    } as unknown as ServiceState["graph"],
    instances,
    observed: new Map(
      Object.entries(observed).map(([host, item]) => [
        host,
        { acted: 2, items: [item], removed: [] },
      ]),
    ),
    away: new Set(away),
  };
}

function why(name: string, state: ServiceState, refused: Parameters<typeof explain>[2] = []) {
  return explain(findSubject(name, [state]), [], refused);
}

const moving = [
  web({ want: "absent", handsOver: true }),
  web({ host: "bravo", epoch: 2 }),
];

Deno.test("explain() follows what is to go to the copy that it serves for, and advises no deletion", () => {
  const state = service(moving, {
    alpha: seen("ready"),
    bravo: seen("starting", { epoch: 2, why: "its health check says: 127.0.0.1:80: refused" }),
  });
  const { lines, fix } = why("shop", state);
  assert.match(lines[1], /web-0 is to be removed from host "alpha", which has not done so yet$/);
  assert.match(lines[2], /web-0 is starting since noon: its health check says/);
  assert.equal(fix, "Look at what web-0 says: khutulun service logs team-a/shop web-0");
});

Deno.test("explain() leaves a living host to remove what is to go, whatever its copy elsewhere does", () => {
  const state = service(moving, {
    alpha: seen("failed", { why: "Cannot stop it" }),
    bravo: seen("ready", { epoch: 2, why: "never said of the other" }),
  });
  const { lines, fix } = why("shop", state);
  assert.match(lines[1], /has not done so yet: Cannot stop it$/);
  assert.equal(fix, "Mend what is said above; the agent tries again by itself");
  const isWell = service(moving, { alpha: seen("ready"), bravo: seen("ready", { epoch: 2 }) });
  assert.match(why("shop", isWell).fix!, /^Wait: host "alpha" removes it by itself/);
});

Deno.test("explain() tells how a deletion ends that waits for a host which is dead", () => {
  const state = service([web({ want: "absent" })], { alpha: seen("ready") }, {
    away: ["alpha"],
    isDeleting: true,
  });
  assert.equal(
    why("shop", state).fix,
    `If host "alpha" does not come back: khutulun service delete team-a/shop --forget alpha`,
  );
});

Deno.test("explain() advises to wait where something only waits", () => {
  const fix = (item: ObservedItem) => why("shop/web-0", service([web({})], { alpha: item })).fix;
  assert.match(fix(seen("pending", { why: "it waits" }))!, /^Wait: it goes on by itself/);
  assert.match(
    fix(seen("ready", { outdated: "it waits for its turn: web-1 is not ready" }))!,
    /^Wait for its turn; .*khutulun why team-a\/shop$/,
  );
});

Deno.test("explain() tells how an exclusive instance is had at once whose last host is silent", () => {
  const before = web({ want: "absent" });
  const item = seen("pending", {
    epoch: 2,
    why:
      `it is exclusive, and host "alpha" may still run it: that host says when it has stopped it`,
  });
  const instances = [before, web({ host: "bravo", epoch: 2 })];
  const fix = (away: string[]) => why("web-0", service(instances, { bravo: item }, { away })).fix;
  assert.match(fix(["alpha"])!, /is off, then: khutulun host lost alpha --confirm$/);
  assert.match(fix([])!, /^Wait/);
});

Deno.test("explain() says how to start again what is not started any more", () => {
  const item = seen("failed", { why: "it has failed and is not started again: policy says so" });
  assert.match(
    why("web-0", service([web({})], { alpha: item })).fix!,
    /khutulun service restart team-a\/shop web-0$/,
  );
});

Deno.test("explain() says of an instance too why no host takes it, and only of that one", () => {
  const state = service([web({})], { alpha: seen("ready") }, { away: ["alpha"] });
  const refused = ["web-0", "db-0"].map((id) =>
    problem("PLAN_REFUSED", {
      what: `Cannot place instance "${id}"`,
      why: "It is cordoned",
      fix: `Make room for ${id}`,
    })
  );
  const { lines, fix } = why("web-0", state, refused);
  assert.match(lines[0], /is lost: host "alpha" does not live/);
  assert.deepEqual(lines.slice(1), [`Cannot place instance "web-0": It is cordoned`]);
  assert.equal(fix, "Make room for web-0");
});
