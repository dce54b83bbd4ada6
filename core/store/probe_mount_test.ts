import assert from "node:assert/strict";
import { MemoryState } from "../../tests/support/memory_store.ts";
import { type FaultRule, MemoryDisk, MemoryFiles } from "../sim/mod.ts";
import { probeMount } from "./probe_mount.ts";

/** Returns the status of each check, with what is wrong. */
async function check(
  rules: readonly FaultRule[],
  mountOptions = "rw",
  skewMs = 0,
  uid?: number,
): Promise<Record<string, string>> {
  const state = await MemoryState.seeded();
  const proc = new MemoryDisk();
  proc.makeDirectory("/proc/self", 0o755, true);
  const line = `31 24 0:28 / /state rw - nfs4 server:/export ${mountOptions}\n`;
  proc.writeNew("/proc/self/mountinfo", new TextEncoder().encode(line), 0o644);
  const { options } = state.life({ rules });
  const found = await state.clock.run(
    probeMount({
      ...options,
      clock: state.clock.skewed(skewMs),
      local: new MemoryFiles(proc),
      uid,
    }),
  );
  assert.deepEqual(state.temporaryFiles(), []);
  for (const { status, fix } of found) {
    if (status === "failed" || status === "warning") assert.ok(fix);
  }
  return Object.fromEntries(found.map((each) => [each.check.slice("state: ".length), each.status]));
}

const fine = { mount: "ok", writable: "ok", "hard links": "ok", locks: "ok", clock: "ok" };

Deno.test("probeMount() finds nothing wrong with a good file system, and leaves nothing", async () => {
  assert.deepEqual(await check([], "rw", 0, 0), fine);
});

Deno.test("probeMount() refuses a mount without shared locks, or read-only", async () => {
  assert.deepEqual(await check([], "rw,nolock"), { ...fine, mount: "failed" });
  assert.deepEqual(await check([], "ro"), { ...fine, mount: "failed" });
});

Deno.test("probeMount() refuses a file system without hard links, or whose links are not atomic", async () => {
  const without = { operations: ["link"], fault: { fail: "EPERM" } } as const;
  assert.deepEqual(await check([without]), { ...fine, "hard links": "failed" });
  const nobody = { operations: ["link"], fault: { fail: "EEXIST" } } as const;
  assert.deepEqual(await check([nobody]), { ...fine, "hard links": "failed" });
});

Deno.test("probeMount() warns of locks that do not lock and of clocks that disagree", async () => {
  const lost = { operations: ["tryLock"], fault: { lostLock: true } } as const;
  assert.deepEqual(await check([lost]), { ...fine, locks: "warning" });
  assert.deepEqual(await check([], "rw", 60_000), { ...fine, clock: "warning" });
  assert.deepEqual(await check([], "rw", -60_000), { ...fine, clock: "warning" });
});

Deno.test("probeMount() refuses squashed owners, and what cannot be written", async () => {
  assert.deepEqual(await check([], "rw", 0, 1000), { ...fine, writable: "failed" });
  const found = await check([{ operations: ["makeDirectory"], fault: { fail: "EROFS" } }]);
  assert.equal(found.writable, "failed");
});
