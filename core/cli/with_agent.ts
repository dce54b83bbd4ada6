import { Client } from "../api/mod.ts";
import type { AgentFlags } from "./flags.ts";
import type { Surroundings } from "./surroundings.ts";

/** Does something with a client of the agent that the flags say, and lets go of it. */
export async function withAgent<T>(
  it: Surroundings,
  flags: AgentFlags,
  action: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client(it.connect(flags.root));
  try {
    return await action(client);
  } finally {
    client.close();
  }
}

/** Yields what `stream` gives until Ctrl-C, which ends it quietly; says whether it was that. */
export async function untilInterrupted(
  it: Surroundings,
  action: (signal: AbortSignal) => Promise<void>,
): Promise<"done" | "interrupted"> {
  const interrupted = new AbortController();
  const unsubscribe = it.onInterrupt(() => interrupted.abort());
  try {
    await action(interrupted.signal);
    return interrupted.signal.aborted ? "interrupted" : "done";
  } catch (error) {
    if (interrupted.signal.aborted) return "interrupted";
    throw error;
  } finally {
    unsubscribe();
  }
}
