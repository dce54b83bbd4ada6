import assert from "node:assert/strict";
import fc from "fast-check";
import { BroadcastQueue, copiesOf } from "./broadcasts.ts";

const message = (length: number, fill = 0) => new Uint8Array(length).fill(fill);

Deno.test("copiesOf() grows with the logarithm of the cluster, and of how seldom one may be missed", () => {
  const sizes = [1, 3, 9, 64, 1_000];
  assert.deepEqual(sizes.map((members) => copiesOf(500, members)), [7, 8, 9, 11, 14]);
  assert.deepEqual(sizes.map((members) => copiesOf(5_000, members)), [9, 10, 11, 13, 16]);
  assert.equal(copiesOf(0.1, 2), 1);
});

Deno.test("BroadcastQueue sends what was sent least, then the longest that fits, then the newest", () => {
  const queue = new BroadcastQueue(10);
  queue.queue(message(10, 1));
  queue.queue(message(30, 2));
  queue.queue(message(10, 3));
  const taken = (space: number) => queue.take(space, 255, 9).map((each) => each[0]);
  assert.deepEqual(taken(24), [3, 1]);
  assert.deepEqual(taken(44), [2, 3]);
});

Deno.test("BroadcastQueue drops a message after its limit, and one that a newer of its key replaces", () => {
  const queue = new BroadcastQueue(10);
  queue.queue(message(10, 1), "a");
  queue.queue(message(10, 2), "a");
  assert.deepEqual(queue.take(100, 255, 2).map((each) => each[0]), [2]);
  assert.ok(queue.has("a"));
  queue.take(100, 255, 2);
  assert.ok(!queue.has("a"));
  assert.equal(queue.size, 0);
});

Deno.test("BroadcastQueue never holds more than its limit, nor takes more than the space", () => {
  const operations = fc.array(
    fc.record({
      length: fc.integer({ min: 3, max: 200 }),
      key: fc.constantFrom(undefined, "a", "b"),
      space: fc.nat(400),
    }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(operations, (list) => {
      const queue = new BroadcastQueue(8);
      for (const { length, key, space } of list) {
        queue.queue(message(length), key);
        assert.ok(queue.size <= 8);
        const bytes = queue.take(space, 255, 3).reduce((sum, each) => sum + each.length + 2, 0);
        assert.ok(bytes <= space);
      }
    }),
    { numRuns: 50 },
  );
});
