/**
 * The echo: one more exchange of everything when many members are news at once.
 *
 * When many join together, the first messages about some are spent while each member knows only a few others; those
 * that missed them would wait for the next periodic exchange, 30 to 90 seconds (measured with memberlist: 10 of 23 mass joins).
 */
import { pushPullWithAny } from "./push_pull.ts";
import type { Swim } from "./swim.ts";

/** What is owed to a burst of news. */
export interface Echo {
  isScheduled: boolean;
  /** An exchange is to be made, or is not answered yet. */
  isOwed: boolean;
  /** Exchanges made for the echo that is owed. */
  tries: number;
  /** Members that came since the last echo. */
  newcomers: number;
}

/** How many members are asked for one echo, where those asked before are silent. */
const triesMax = 4;

/** Counts a newcomer; where they are many for this cluster, an echo is due soon. */
export function noteNewcomer(swim: Swim, nowMs: number): void {
  const { echo, members } = swim;
  echo.newcomers++;
  if (echo.newcomers >= Math.max(2, members.size / 8)) oweEcho(swim, nowMs);
}

/** Has everything exchanged with some member soon, and with another one where that one does not answer. */
export function oweEcho(swim: Swim, nowMs: number): void {
  swim.echo.isOwed = true;
  swim.echo.tries = 0;
  scheduleEcho(swim, nowMs);
}

function scheduleEcho(swim: Swim, nowMs: number): void {
  const { echo, settings: { echoMs }, random } = swim;
  if (echoMs <= 0 || echo.isScheduled) return;
  echo.isScheduled = true;
  swim.schedule({ kind: "echo" }, nowMs + echoMs * (1 + random.next() / 2));
}

export function onEchoTimer(swim: Swim, nowMs: number): void {
  const { echo } = swim;
  echo.isScheduled = false;
  if (!echo.isOwed || swim.isLeaving) return;
  echo.newcomers = 0;
  pushPullWithAny(swim, { kind: "echo" });
  // A silent member is not waited for: its exchange may take ten seconds to be given up.
  echo.isOwed = ++echo.tries < triesMax;
  if (echo.isOwed) scheduleEcho(swim, nowMs);
}

/** An echo was answered; what it tells is merged after this. Where that is much, another echo follows: it ends when all is known. */
export function onEchoAnswered(swim: Swim): void {
  swim.echo.isOwed = false;
}
