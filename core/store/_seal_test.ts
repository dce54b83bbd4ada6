import assert from "node:assert/strict";
import fc from "fast-check";
import { writeYaml } from "../yaml/mod.ts";
import { isAsSealed, sealText } from "./_seal.ts";

const text = writeYaml({
  format: 1,
  kind: "service",
  writer: { host: "a", boot: "b" },
  spec: { inputs: { text: "spec:\ndigest: sha256:0\n" } },
});

Deno.test("isAsSealed() tells a text that was changed anywhere from one that was not", () => {
  const sealed = sealText(text);
  assert.equal(isAsSealed(sealed), true);
  assert.equal(isAsSealed(text), undefined);
  fc.assert(fc.property(fc.nat(sealed.length - 1), fc.constantFrom("x", "\n", ""), (at, put) => {
    const changed = sealed.slice(0, at) + put + sealed.slice(at + 1);
    assert.notEqual(isAsSealed(changed), changed !== sealed);
  }));
});

Deno.test("sealText() puts the digest into the envelope, where it reads as one of its keys", () => {
  assert.match(
    sealText(text),
    /^format: 1\nkind: service\nwriter:\n[^]*\ndigest: sha256:\w{64}\nspec:\n/,
  );
});
