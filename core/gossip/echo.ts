/**
 * The echo: one more exchange of everything when many members are news at once.
 *
 * When many join together, the first messages about some are spent while each member knows only a few others; those
 * that missed them would wait for the next periodic exchange, 30 to 90 seconds (measured with memberlist: 10 of 23 mass joins).
 */
import { pushPullWithAny } from "./push_pull.ts";
import type { Swim } from "./swim.ts";

/** Counts a newcomer; where they are many for this cluster, an echo is due soon. */
export function noteNewcomer(swim: Swim, nowMs: number): void {
  swim.newcomers++;
  if (swim.newcomers >= Math.max(2, swim.members.size / 8)) scheduleEcho(swim, nowMs);
}

function scheduleEcho(swim: Swim, nowMs: number): void {
  const { echoMs } = swim.settings;
  if (echoMs <= 0 || swim.isEchoScheduled) return;
  swim.isEchoScheduled = true;
  swim.schedule({ kind: "echo" }, nowMs + echoMs * (1 + swim.random.next() / 2));
}

/** Where the exchange brings news again, `noteNewcomer` asks for another echo: it ends when all is known. */
export function onEchoTimer(swim: Swim): void {
  swim.isEchoScheduled = false;
  swim.newcomers = 0;
  if (!swim.isLeaving) pushPullWithAny(swim);
}
