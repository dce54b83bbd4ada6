import type { Json, JsonObject } from "../base/mod.ts";
import type { StateEvent } from "./documents.ts";

/** Returns the event that a line of a log is; nothing of one that is cut short. */
export function parseEvent(line: string): StateEvent | undefined {
  try {
    const json = JSON.parse(line) as Json as JsonObject | null;
    const isWhole = json && ["id", "at", "host", "type", "message"]
      .every((name) => typeof json[name] === "string");
    return isWhole ? json as unknown as StateEvent : undefined;
  } catch {
    return undefined; // cut short by a crash
  }
}

/** Merges events by time, each host's in the order that they have. */
export function mergeByTime(events: readonly StateEvent[]): StateEvent[] {
  const latest = new Map<string, string>();
  const keyed = events.map((event) => {
    const before = latest.get(event.host) ?? "";
    const at = event.at > before ? event.at : before;
    latest.set(event.host, at);
    return { at, event };
  });
  keyed.sort((a, b) => a.at < b.at ? -1 : a.at > b.at ? 1 : 0);
  return keyed.map(({ event }) => event);
}
