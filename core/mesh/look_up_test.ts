import assert from "node:assert/strict";
import type { SeenInstance } from "../plugin/mod.ts";
import { lookupScope, selectInstances } from "./look_up.ts";

function seen(service: string, node: string, parts: Partial<SeenInstance> = {}): SeenInstance {
  return {
    service,
    node,
    id: `${node}-0`,
    host: "alpha",
    address: "10.0.0.1",
    want: "running",
    types: ["org.khutulun:1.0::Process"],
    properties: {},
    attributes: {},
    ...parts,
  };
}

Deno.test("lookupScope() lets a plugin see what its manifest says, and nothing without a word", () => {
  const check = (service: string | undefined, sees: "service" | "namespace" | undefined) =>
    lookupScope(service === undefined ? {} : { service }, { service: "shop", sees });
  assert.match(String(check(undefined, undefined)), /own service/);
  assert.deepEqual(check(undefined, "service"), { own: true });
  assert.deepEqual(check("shop", "service"), { own: true });
  assert.match(String(check("bank", "service")), /service "bank"/);
  assert.match(String(check("*", "service")), /every service of the namespace/);
  assert.deepEqual(check(undefined, "namespace"), { own: true });
  assert.deepEqual(check("bank", "namespace"), { own: false, others: "bank" });
  assert.deepEqual(check("*", "namespace"), { own: true, others: "*" });
});

Deno.test("selectInstances() finds by node and by type, subtypes included, in one order", () => {
  const all = [
    seen("shop", "web"),
    seen("shop", "db", { types: ["example::Database", "org.khutulun:1.0::Process"] }),
    seen("bank", "web"),
    seen("shop", "old", { want: "absent" }),
  ];
  const found = (query: Parameters<typeof selectInstances>[1]) =>
    selectInstances(all, query).map(({ service, id }) => `${service}/${id}`);
  assert.deepEqual(found({}), ["bank/web-0", "shop/db-0", "shop/web-0"]);
  assert.deepEqual(found({ node: "web" }), ["bank/web-0", "shop/web-0"]);
  assert.deepEqual(found({ type: "example::Database" }), ["shop/db-0"]);
  assert.equal(found({ type: "org.khutulun:1.0::Process" }).length, 3);
  assert.deepEqual(found({ node: "web", type: "example::Database" }), []);
});
