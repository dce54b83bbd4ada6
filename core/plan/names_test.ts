import assert from "node:assert/strict";
import fc from "fast-check";
import { compareInstanceIds, instanceId, partsOfInstanceId, resourceName } from "./names.ts";

const shop = { namespace: "default", service: "shop" };

Deno.test("resourceName() leaves the default namespace out and escapes as systemd does", () => {
  assert.equal(resourceName(shop, "web-0"), "khutulun.shop.web-0");
  assert.equal(
    resourceName({ ...shop, namespace: "team-a" }, "web-0"),
    "khutulun.team-a.shop.web-0",
  );
  assert.equal(resourceName(shop, "client-0.server.0"), "khutulun.shop.client-0\\x2eserver\\x2e0");
  assert.equal(resourceName(shop, "bär/1"), "khutulun.shop.b\\xc3\\xa4r\\x2f1");
});

Deno.test("resourceName() stays a file name, whatever the item is called", () => {
  const name = resourceName(shop, "ä".repeat(300));
  assert.ok(name.length <= 200);
  assert.notEqual(name, resourceName(shop, `${"ä".repeat(299)}ö`));
  assert.match(name, /^[A-Za-z0-9_.\\-]+$/);
});

const label = fc.constantFrom("a", "a-b", "b", "shop", "default");
const item = fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom("a.b-0", "a-0", "b.a-0", "A-0"));

Deno.test("resourceName() gives no two items one name", () => {
  const place = fc.record({ namespace: label, service: label, item });
  fc.assert(fc.property(place, place, (one, other) => {
    const isSame = one.namespace === other.namespace && one.service === other.service &&
      wellFormed(one.item) === wellFormed(other.item);
    assert.equal(resourceName(one, one.item) === resourceName(other, other.item), isSame);
  }));
});

function wellFormed(text: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(text));
}

Deno.test("partsOfInstanceId() gives back what the id was made of", () => {
  fc.assert(fc.property(fc.string(), fc.nat(), (node, index) => {
    assert.deepEqual(partsOfInstanceId(instanceId(node, index)), { node, index });
  }));
});

Deno.test("compareInstanceIds() orders as people do", () => {
  const ids = ["web-10", "api-1", "web-2", "web-1-0"];
  assert.deepEqual(ids.sort(compareInstanceIds), ["api-1", "web-2", "web-10", "web-1-0"]);
});
