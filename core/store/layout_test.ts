import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeName, encodeKey, encodeName } from "./layout.ts";

Deno.test("encodeName() keeps names readable and makes one safe file name of any", () => {
  assert.equal(encodeName("web-0"), "web-0");
  assert.equal(encodeName("org.khutulun:1.0"), "org.khutulun:1.0");
  assert.equal(encodeName("/srv/data"), "%2Fsrv%2Fdata");
  assert.equal(encodeName("../x"), "%2E.%2Fx");
  assert.equal(encodeName(".hidden"), "%2Ehidden");
  assert.throws(() => encodeName(""), /STATE_NAME/);
  assert.throws(() => encodeName("x".repeat(181)), /STATE_NAME/);
});

Deno.test("encodeKey() makes a short name of a long key, another for each", () => {
  const path = `/srv/${"x".repeat(300)}`;
  assert.equal(encodeKey("/srv/data"), encodeName("/srv/data"));
  assert.ok(encodeKey(path).length <= 180);
  assert.ok(encodeKey(path).startsWith("%2Fsrv%2Fxxx"));
  assert.notEqual(encodeKey(path), encodeKey(`${path}y`));
});

Deno.test("decodeName() undoes encodeName()", () => {
  const names = fc.string({ unit: "grapheme", minLength: 1, maxLength: 5 });
  fc.assert(fc.property(names, (name) => {
    const encoded = encodeName(name);
    assert.match(encoded, /^[^/.][^/]*$/);
    assert.equal(decodeName(encoded), name);
  }));
});
