import { formatDurationMs } from "../../base/mod.ts";

/** Returns how long ago a time (RFC 3339) was, as `2m 30s`; nothing for no time. */
export function ago(at: string | undefined, nowMs: number): string {
  const atMs = Date.parse(at ?? "");
  if (Number.isNaN(atMs)) return "";
  const pastMs = Math.max(0, nowMs - atMs);
  return pastMs < 1_000 ? "0s" : formatDurationMs(Math.floor(pastMs / 1_000) * 1_000);
}
