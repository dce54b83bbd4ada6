import assert from "node:assert/strict";
import { MemoryState } from "../../tests/support/memory_store.ts";
import { contextOf, type StoreOptions } from "./_context.ts";
import { HostEventLog } from "./events.ts";

function log(options: StoreOptions): HostEventLog {
  return new HostEventLog(contextOf(options));
}

const event = (message: string) => ({ type: "started", message });

Deno.test("tail() tells each event of other hosts once, also over the rotation of a log", async () => {
  const state = await MemoryState.seeded();
  await state.clock.run((async () => {
    const own = log(state.life().options);
    const other = log(state.life({}, { host: "b", boot: "x" }).options);
    await other.append(event("before"));
    const tail = own.tail();
    assert.deepEqual(await tail.next(), []);
    const told: string[] = [];
    const look = async () => {
      told.push(...(await tail.next()).map(({ message }) => message.slice(0, 4)));
    };
    await own.append(event("ours"));
    await other.append(event("0000"));
    await look();
    await look();
    // Long enough for the log to be put aside twice.
    const long = "x".repeat(300_000);
    for (let index = 1; index <= 9; index++) {
      await other.append(event(`${String(index).padStart(4, "0")}${long}`));
      if (index % 2 === 0) await look();
    }
    await log(state.life({}, { host: "c", boot: "y" }).options).append(event("late"));
    await look();
    assert.deepEqual(
      told,
      [...Array.from({ length: 10 }, (_, index) => String(index).padStart(4, "0")), "late"],
    );
  })());
});
