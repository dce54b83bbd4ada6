import assert from "node:assert/strict";
import type { ProblemError } from "../base/mod.ts";
import {
  addKey,
  createRing,
  formatRing,
  keyIdOf,
  newerRing,
  parseRing,
  removeOldKeys,
  ringKeys,
  rotationOf,
  useNewKey,
} from "./mod.ts";

const random = {
  next: () => 0.5,
  bytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)),
};

Deno.test("a rotation adds, uses and removes, and each ring reads what the one before wrote", () => {
  const rings = [createRing(random)];
  rings.push(addKey(rings[0], random));
  rings.push(useNewKey(rings[1]));
  rings.push(removeOldKeys(rings[2]));
  assert.deepEqual(rings.map(rotationOf), ["none", "added", "used", "none"]);
  assert.deepEqual(rings.map(({ generation }) => generation), [1, 2, 3, 4]);
  for (let at = 1; at < rings.length; at++) {
    const [before, after] = [rings[at - 1], rings[at]];
    assert(has(after, before), `ring ${at + 1} reads what ring ${at} writes`);
    assert(has(before, after), `ring ${at} reads what ring ${at + 1} writes`);
  }
  assert.notEqual(rings[3].keys[0], rings[0].keys[0]);
});

Deno.test("newerRing() takes the higher generation, and of two of one generation all take the same", () => {
  const ring = createRing(random);
  const [a, b] = [addKey(ring, random), addKey(ring, random)];
  assert.equal(newerRing(ring, a), a);
  assert.equal(newerRing(a, ring), a);
  assert.equal(newerRing(a, b), newerRing(b, a));
  assert(has(a, b) && has(b, a));
});

Deno.test("parseRing() reads what formatRing() wrote, and nothing else", () => {
  const ring = addKey(createRing(random), random);
  assert.deepEqual(parseRing(formatRing(ring)), ring);
  const bad = [
    "",
    "null",
    "{}",
    JSON.stringify({ ...ring, primary: 2 }),
    JSON.stringify({ ...ring, keys: [] }),
    JSON.stringify({ ...ring, keys: ["AAAA"] }),
    JSON.stringify({ ...ring, generation: 0 }),
  ];
  for (const text of bad) {
    assert.throws(
      () => parseRing(text),
      (error) => (error as ProblemError).problem.code === "TRUST_KEYS_INVALID",
    );
  }
});

Deno.test("ringKeys() gives the key that encrypts first; keyIdOf() tells keys apart", async () => {
  const ring = useNewKey(addKey(createRing(random), random));
  const [first, second] = ringKeys(ring);
  assert.deepEqual([first, second].map((key) => key.toBase64()), [ring.keys[1], ring.keys[0]]);
  const ids = await Promise.all(ring.keys.map(keyIdOf));
  assert.equal(new Set(ids).size, 2);
});

/** Whether holders of a ring can read what holders of another write. */
function has(reader: ReturnType<typeof createRing>, writer: ReturnType<typeof createRing>) {
  return reader.keys.includes(writer.keys[writer.primary]);
}
