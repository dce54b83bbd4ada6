/**
 * A writer of the many-writers test: raises its own counter in one document, again and again, until it stands at COUNT.
 *
 *     deno run -A tests/store/_writer.ts STATE NAME COUNT locks|no-locks ACKNOWLEDGED_FILE
 *
 * It may be killed at any moment and started again: it goes on from what the document says, which must be what was
 * acknowledged or one more.
 */
import { ProblemError } from "../../core/base/mod.ts";
import { LocalFiles, LocalLocks, systemClock, systemRandom } from "../../core/platform/mod.ts";
import { counters } from "./_counters.ts";

const [root, name, count, lockMode, acknowledgedPath] = Deno.args;
const documents = counters({
  clock: systemClock,
  random: systemRandom,
  files: new LocalFiles(),
  locks: lockMode === "locks" ? new LocalLocks() : { tryLock: () => Promise.resolve(undefined) },
  root,
  writer: { host: name, boot: String(Deno.pid) },
  // Without locks nobody waits for one: all run into each other at full speed.
  lockWaitMs: lockMode === "locks" ? 5_000 : 0,
});

for (let acknowledged = lastAcknowledged();;) {
  const now = await documents.latest();
  const mine = now?.spec.counters[name] ?? 0;
  if (mine < acknowledged || mine > acknowledged + 1) {
    console.error(`${name}: acknowledged ${acknowledged}, but the document says ${mine}`);
    Deno.exit(2);
  }
  acknowledged = mine;
  if (mine >= Number(count)) break;
  const spec = { counters: { ...now?.spec.counters, [name]: mine + 1 } };
  try {
    await documents.write(spec, now?.generation ?? 0);
  } catch (error) {
    if (!(error instanceof ProblemError) || error.problem.code !== "STATE_CONFLICT") throw error;
    await systemClock.sleep(systemRandom.next() * 20);
    continue;
  }
  acknowledged = mine + 1;
  Deno.writeTextFileSync(acknowledgedPath, `${acknowledged}\n`, { append: true });
}

function lastAcknowledged(): number {
  try {
    return Number(Deno.readTextFileSync(acknowledgedPath).trimEnd().split("\n").at(-1));
  } catch {
    return 0;
  }
}
