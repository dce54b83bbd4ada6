import assert from "node:assert/strict";
import { PidFileWatch, systemClock, SystemProcesses } from "../../core/platform/mod.ts";

Deno.test("PidFileWatch tells of a process that ended, and of none that runs on", async () => {
  const directory = await Deno.makeTempDir();
  const processes = new SystemProcesses(systemClock);
  const start = async (unit: string) => {
    const identity = await processes.spawnDetached({
      argv: ["sleep", "60"],
      env: {},
      logPath: `${directory}/log`,
    });
    const text = `${identity.pid} ${identity.startTicks} r1\n`;
    await Deno.writeTextFile(`${directory}/${unit}.pid`, text);
    return identity;
  };
  const [ends, stays] = [await start("khutulun.a.web-0"), await start("khutulun.a.db-0")];
  const changed = Promise.withResolvers<string | undefined>();
  const seen: (string | undefined)[] = [];
  const watch = new PidFileWatch(systemClock, processes, { directory, intervalMs: 20 });
  const stop = await watch.watch((unit) => {
    seen.push(unit);
    changed.resolve(unit);
  });
  try {
    Deno.kill(ends.pid, "SIGKILL");
    assert.equal(await changed.promise, "khutulun.a.web-0");
    await systemClock.sleep(60);
    assert.deepEqual(seen, ["khutulun.a.web-0"]);
  } finally {
    await stop();
    await processes.end(stays, 1_000);
    await Deno.remove(directory, { recursive: true });
  }
});
