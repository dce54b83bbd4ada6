/** The guard that an agent leaves beside its exclusive instances, as a real shell with real processes. */
import assert from "node:assert/strict";
import { guardScript } from "../../core/agent/hosts/fence.ts";
import { eventually } from "../support/eventually.ts";

async function startTicks(pid: number): Promise<string> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
}

function startProgram(): Deno.ChildProcess {
  return new Deno.Command("setsid", { args: ["sleep", "1000"], stdin: "null" }).spawn();
}

Deno.test("guardScript leaves processes alone while it is fed, and ends the listed ones once it is not", async () => {
  const directory = await Deno.makeTempDir({ prefix: "khutulun-test-" });
  const [listed, reused, other] = [startProgram(), startProgram(), startProgram()];
  const all = [listed, reused, other];
  try {
    const isSleep = ({ pid }: Deno.ChildProcess) =>
      Deno.readTextFileSync(`/proc/${pid}/comm`).trim() === "sleep";
    await eventually(() => all.every(isSleep));
    const pidFile = async (name: string, pid: number, ticks: string) => {
      await Deno.writeTextFile(`${directory}/${name}.pid`, `${pid} ${ticks} note\n`);
      return `shop ${name} ${directory}/${name}.pid\n`;
    };
    const list = [
      await pidFile("db-0", listed.pid, await startTicks(listed.pid)),
      // The number came again: another process has it now.
      await pidFile("db-1", reused.pid, "1"),
      `shop db-2 ${directory}/missing.pid\n`,
      "shop db-3 \n",
    ];
    await Deno.writeTextFile(`${directory}/list`, list.join(""));
    await Deno.writeTextFile(`${directory}/feed`, "0\n");
    const guard = new Deno.Command("/bin/sh", {
      args: ["-c", guardScript, "fence", `${directory}/feed`, `${directory}/list`, "1", "5"],
      stdin: "null",
      stderr: "null",
    }).spawn();
    all.push(guard);
    let [fedMs, gapMsMax] = [performance.now(), 0];
    for (let feeds = 1; feeds <= 15; feeds++) {
      await Deno.writeTextFile(`${directory}/feed.new`, `${feeds}\n`);
      await Deno.rename(`${directory}/feed.new`, `${directory}/feed`);
      gapMsMax = Math.max(gapMsMax, performance.now() - fedMs);
      fedMs = performance.now();
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    // Where this machine stood still for a second between two feeds, the guard was right to act.
    if (gapMsMax < 900) assert.ok(isSleep(listed));
    await guard.status;
    assert.equal((await listed.status).signal, "SIGTERM");
    assert.ok(isSleep(reused) && isSleep(other));
  } finally {
    for (const child of all) {
      try {
        child.kill("SIGKILL");
      } catch { /* it has ended */ }
      await child.status;
    }
    await Deno.remove(directory, { recursive: true });
  }
});
