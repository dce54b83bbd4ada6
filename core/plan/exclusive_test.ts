import assert from "node:assert/strict";
import { fenceMs, whyNotExclusive } from "./exclusive.ts";
import type { Instance } from "./instance.ts";

function copy(host: string, epoch: number, want: Instance["want"]): Instance {
  return {
    ...{ id: "db-0", vertex: "db", index: 0, host, epoch, want, revision: 1 },
    ...{ plugin: "process", pluginDigest: "d", claims: [] },
  };
}

const here = copy("b", 2, "running");
const before = copy("a", 1, "absent");
const nobody = { isRemoved: () => false, stillMs: () => 0 };

Deno.test("whyNotExclusive() waits for the host that had it before", () => {
  assert.equal(whyNotExclusive(here, [here], nobody), undefined);
  assert.match(whyNotExclusive(here, [before, here], nobody)!, /host "a" may still run it/);
  assert.equal(
    whyNotExclusive(here, [before, here], { ...nobody, isRemoved: () => true }),
    undefined,
  );
});

Deno.test("whyNotExclusive() waits for longer than that host takes to stop it by itself", () => {
  const after = (stillMs: number, stopMs?: number) =>
    whyNotExclusive(here, [before, here], { ...nobody, stillMs: () => stillMs, stopMs });
  assert.ok(after(fenceMs) !== undefined);
  assert.ok(after(fenceMs + 10_000) !== undefined);
  assert.equal(after(fenceMs + 30_000), undefined);
  assert.ok(after(fenceMs + 30_000, 60_000) !== undefined);
  assert.equal(after(fenceMs + 80_000, 60_000), undefined);
});

Deno.test("whyNotExclusive() waits for every host that had it", () => {
  const older = copy("c", 1, "absent");
  const newer = copy("a", 2, "absent");
  const now = copy("b", 3, "running");
  const stillMs = (host: string) => host === "a" ? 1e9 : 0;
  assert.match(whyNotExclusive(now, [older, newer, now], { ...nobody, stillMs })!, /host "c"/);
});
