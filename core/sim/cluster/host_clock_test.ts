import assert from "node:assert/strict";
import { VirtualClock } from "../virtual_clock.ts";
import { HostClock, ProcessClock } from "./host_clock.ts";

Deno.test("HostClock keeps timers of a frozen host until it thaws, in their order", async () => {
  const world = new VirtualClock();
  const host = new HostClock(world, { skewMs: 60_000, startMs: 5_000 });
  const fired: string[] = [];
  for (const name of ["a", "b"]) {
    host.schedule(
      name === "a" ? 10 : 20,
      () => fired.push(`${name}@${Math.floor(world.monotonicMs())}`),
    );
  }
  host.freeze();
  await world.advance(1_000);
  assert.deepEqual(fired, []);
  assert.deepEqual([host.nowMs() - world.nowMs(), host.monotonicMs()], [60_000, 6_000]);
  host.thaw();
  await world.advance(10);
  assert.deepEqual(fired, ["a@1000", "b@1002"]);
});

Deno.test("HostClock of a slow host does everything later", async () => {
  const world = new VirtualClock();
  const host = new HostClock(world);
  host.slowMs = 300;
  const slept = host.sleep(100).then(() => world.monotonicMs());
  assert.equal(await world.run(slept), 400);
});

Deno.test("ProcessClock never calls back once its process has ended", async () => {
  const world = new VirtualClock();
  const process = new ProcessClock(new HostClock(world));
  let fired = 0;
  process.schedule(10, () => fired++);
  process.schedule(30, () => fired++);
  await world.advance(20);
  process.end();
  process.schedule(1, () => fired++);
  await world.advance(100);
  assert.equal(fired, 1);
});
