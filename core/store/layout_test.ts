import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeName, encodeName } from "./layout.ts";

Deno.test("encodeName() keeps names readable and makes one safe file name of any", () => {
  assert.equal(encodeName("web-0"), "web-0");
  assert.equal(encodeName("org.khutulun:1.0"), "org.khutulun:1.0");
  assert.equal(encodeName("/srv/data"), "%2Fsrv%2Fdata");
  assert.equal(encodeName("../x"), "%2E.%2Fx");
  assert.equal(encodeName(".hidden"), "%2Ehidden");
  assert.throws(() => encodeName(""), /STATE_NAME/);
  assert.throws(() => encodeName("x".repeat(181)), /STATE_NAME/);
});

Deno.test("decodeName() undoes encodeName()", () => {
  const names = fc.string({ unit: "grapheme", minLength: 1, maxLength: 10 });
  fc.assert(fc.property(names, (name) => {
    const encoded = encodeName(name);
    assert.match(encoded, /^[^/.][^/]*$/);
    assert.equal(decodeName(encoded), name);
  }));
});
