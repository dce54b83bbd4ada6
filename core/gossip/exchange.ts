/** Connections that we open: what each is for, and what its end means. */
import { type Problem, problem } from "../base/mod.ts";
import type { Endpoint } from "../ports/mod.ts";
import type { StreamMessage } from "./codec/mod.ts";
import { onEchoAnswered } from "./echo.ts";
import { onStreamAck } from "./probe.ts";
import { merge } from "./push_pull.ts";
import { onReached, onUnreached } from "./rejoin.ts";
import { streamBytes } from "./sending.ts";
import type { Swim } from "./swim.ts";

/** What an exchange is for. */
export type Purpose =
  | { readonly kind: "ping"; readonly seqNo: number }
  | { readonly kind: "pushPull" }
  /** A push/pull because much is news at once. */
  | { readonly kind: "echo" }
  /** A push/pull that tries to bring a seed or lost member back. */
  | { readonly kind: "rejoin"; readonly key: string }
  | { readonly kind: "message" };

/** An exchange that runs. Its caller ends it within its deadline, so that few are held. */
export interface Exchange {
  readonly purpose: Purpose;
  readonly to: Endpoint;
}

export interface DialOptions {
  readonly purpose: Purpose;
  readonly to: Endpoint;
  readonly message: StreamMessage;
  readonly wantsAnswer: boolean;
  readonly timeoutMs: number;
}

/** Asks for a connection. */
export function dial(swim: Swim, options: DialOptions): void {
  const { purpose, to, message, wantsAnswer, timeoutMs } = options;
  const exchange = swim.nextExchange();
  swim.exchanges.set(exchange, { purpose, to });
  const bytes = streamBytes(swim, message, "dialler");
  swim.outputs.dials.push({ exchange, to, bytes, wantsAnswer, timeoutMs });
}

/** A peer answered. */
export function onAnswer(swim: Swim, id: number, message: StreamMessage, nowMs: number): void {
  const exchange = swim.exchanges.get(id);
  if (!exchange) return;
  swim.exchanges.delete(id);
  const { purpose, to } = exchange;
  if (purpose.kind === "ping") {
    if (message.type === "ack" && message.seqNo === purpose.seqNo) {
      onStreamAck(swim, purpose.seqNo, nowMs);
    }
    return;
  }
  if (message.type !== "pushPull") {
    const why = message.type === "err" ? message.error : `It answered by "${message.type}"`;
    return fails(swim, exchange, refusedBy(to, why), nowMs);
  }
  if (purpose.kind === "echo") onEchoAnswered(swim);
  const refusal = merge(swim, message, nowMs);
  if (refusal) return fails(swim, exchange, refusal, nowMs);
  if (purpose.kind === "rejoin") onReached(swim, purpose.key);
}

/** An exchange ended without an answer; with a problem where one was wanted or it could not be opened. */
export function onEnded(swim: Swim, id: number, it: Problem | undefined, nowMs: number): void {
  const exchange = swim.exchanges.get(id);
  if (!exchange) return;
  swim.exchanges.delete(id);
  if (it) fails(swim, exchange, it, nowMs);
}

function fails(swim: Swim, { purpose, to }: Exchange, it: Problem, nowMs: number): void {
  // A ping over TCP that fails says nothing that the probe does not find out by itself.
  if (purpose.kind === "ping") return;
  if (purpose.kind === "rejoin") onUnreached(swim, purpose.key, to, it, nowMs);
  else swim.report({ ...it, severity: "warning" });
}

function refusedBy({ host, port }: Endpoint, why: string): Problem {
  return problem("GOSSIP_MERGE_REFUSED", {
    what: `Cannot exchange members with ${host}:${port}`,
    where: { host: `${host}:${port}` },
    why: `It refused: ${why}`,
    fix: "Compare label, gossip keys and versions on both hosts",
  });
}
