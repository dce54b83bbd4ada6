import assert from "node:assert/strict";
import { decodeHint, encodeHint } from "./hint_text.ts";

const ref = { namespace: "default", service: "shop" };

Deno.test("decodeHint() reads what encodeHint() writes", () => {
  for (const hint of [{ ref, generation: 7 }, { ref, generation: 0, observer: "alpha" }]) {
    const sent = { id: "alpha.b1.3", hint };
    assert.deepEqual(decodeHint(encodeHint(sent)), sent);
  }
});

Deno.test("decodeHint() takes nothing else", () => {
  const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const bad = [
    new Uint8Array(),
    new Uint8Array([0xff, 0xfe]),
    bytes({}),
    bytes(["x", "default", "shop", 1]),
    bytes(["x", "../..", "shop", 1, ""]),
    bytes(["x", "default", "shop", -1, ""]),
    bytes(["x", "default", "shop", 1.5, ""]),
    bytes(["x", "default", "shop", 1, "A B"]),
    bytes([1, "default", "shop", 1, ""]),
    bytes(["x".repeat(600), "default", "shop", 1, ""]),
  ];
  for (const each of bad) assert.equal(decodeHint(each), undefined);
});
