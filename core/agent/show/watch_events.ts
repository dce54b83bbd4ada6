import type { StateEvent } from "../../store/mod.ts";
import type { AgentContext } from "../agent_context.ts";

/** How soon what other hosts write is seen where none of them says anything. */
const lookEveryMs = 2_000;

/**
 * Yields the events of all hosts as they happen, this host's at once and others' when they are seen in the state, until the
 * signal is given. While the state does not answer there are this host's alone; the others' come afterwards.
 */
export function watchEvents(
  context: AgentContext,
  isWanted: (event: StateEvent) => boolean,
  signal: AbortSignal,
): AsyncIterable<StateEvent> {
  const ended = new AbortController();
  const stop = AbortSignal.any([signal, ended.signal]);
  const news = context.bus.stream<StateEvent | "look">((each) => {
    if (each.kind === "event") return isWanted(each.event) ? each.event : undefined;
    // Who has something to tell of a service has often written events of it as well.
    return each.kind === "observed" || each.kind === "graph" ? "look" : undefined;
  }, stop);
  const tail = context.store.events.tail();
  const look = () => tail.next().catch(() => []);
  const begun = look();
  return merge();

  async function* merge(): AsyncIterable<StateEvent> {
    try {
      await begun;
      let next = news.next();
      let beat = pause(context, stop);
      for (;;) {
        const first = await Promise.race([next, beat]);
        if (stop.aborted || first?.done) return;
        if (first === undefined) beat = pause(context, stop);
        else next = news.next();
        if (first && first.value !== "look") yield first.value;
        else yield* (await look()).filter(isWanted);
      }
    } finally {
      ended.abort();
    }
  }
}

function pause({ clock }: AgentContext, signal: AbortSignal): Promise<undefined> {
  return clock.sleep(lookEveryMs, signal).then(() => undefined, () => undefined);
}
