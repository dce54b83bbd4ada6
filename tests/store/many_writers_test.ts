import assert from "node:assert/strict";
import { LocalFiles, LocalLocks, systemClock, systemRandom } from "../../core/platform/mod.ts";
import { SeededRandom } from "../../core/sim/mod.ts";
import { counters } from "./_counters.ts";

const writers = 8;
const changes = Number(Deno.env.get("KHUTULUN_WRITER_CHANGES") ?? 500);
const kills = 40;
/** The whole run on a machine that is busy with other tests. */
const hangGuardMs = 10 * 60_000;

for (const lockMode of ["locks", "no-locks"] as const) {
  Deno.test(`${writers} processes × ${changes} changes to one document under kill -9, with ${lockMode}: nothing acknowledged is lost, nothing torn is read`, async () => {
    const root = await Deno.makeTempDir({ prefix: "khutulun-writers-" });
    const seed = `${Deno.pid} ${lockMode}`;
    const random = new SeededRandom(seed);
    const names = Array.from({ length: writers }, (_, index) => `w${index}`);
    const stop = new AbortController();
    const guard = setTimeout(() => stop.abort(), hangGuardMs);
    try {
      const killer = { left: kills, random, signal: stop.signal };
      const running = names.map((name) => runWriter(root, name, lockMode, killer));
      let isDone = false;
      const all = Promise.all(running).finally(() => isDone = true);
      const [, reads] = await Promise.all([all, watchReads(root, () => isDone)]);
      assert.ok(reads > 10, `${reads} reads`);
      assert.ok(!stop.signal.aborted, `not done in time, seed "${seed}"`);
      const last = (await document(root).latest())!;
      const expected = Object.fromEntries(names.map((name) => [name, changes]));
      assert.deepEqual({ ...last.spec.counters }, expected);
      assert.equal(last.generation, writers * changes);
      assert.deepEqual(await tornFiles(root), []);
    } finally {
      clearTimeout(guard);
      stop.abort();
      await Deno.remove(root, { recursive: true });
    }
  });
}

function document(root: string) {
  return counters({
    clock: systemClock,
    random: systemRandom,
    files: new LocalFiles(),
    locks: new LocalLocks(),
    root,
    writer: { host: "reader", boot: "r" },
  });
}

/** Runs a writer to its end, killing and starting it again at random moments while kills are left. */
async function runWriter(
  root: string,
  name: string,
  lockMode: string,
  killer: { left: number; random: SeededRandom; signal: AbortSignal },
): Promise<void> {
  const script = new URL("./_writer.ts", import.meta.url).pathname;
  const args = [script, root, name, String(changes), lockMode, `${root}/${name}.acknowledged`];
  for (;;) {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", ...args],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const errors = new Response(child.stderr).text();
    const kill = () => {
      try {
        child.kill("SIGKILL");
      } catch { /* it has ended just now */ }
    };
    killer.signal.addEventListener("abort", kill, { once: true });
    const killTimer = killer.left-- > 0
      ? setTimeout(kill, 300 + killer.random.integer(0, 1_500))
      : undefined;
    const { code } = await child.status;
    clearTimeout(killTimer);
    killer.signal.removeEventListener("abort", kill);
    if (code === 0) return;
    assert.equal(code, 137, `${name} ended with ${code}: ${await errors}`);
    if (killer.signal.aborted) return;
  }
}

/** Reads the document all the time: it is whole, goes forward, and each generation has raised one counter by one. */
async function watchReads(root: string, isDone: () => boolean): Promise<number> {
  const documents = document(root);
  let highest = 0;
  let reads = 0;
  while (!isDone()) {
    const now = await documents.latest();
    if (now) {
      const sum = Object.values(now.spec.counters).reduce((a, b) => a + b, 0);
      assert.equal(sum, now.generation, "each generation raised one counter by one");
      assert.ok(now.generation >= highest, "generations go forward");
      [highest, reads] = [now.generation, reads + 1];
    }
    await systemClock.sleep(20);
  }
  return reads;
}

/** Returns documents in the directory that are not whole. */
async function tornFiles(root: string): Promise<string[]> {
  const documents = document(root);
  const torn: string[] = [];
  for (const generation of await documents.history()) {
    await documents.at(generation).catch(() => torn.push(String(generation)));
  }
  return torn;
}
