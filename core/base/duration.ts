const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Returns the milliseconds of a duration such as `500ms`, `1.5s`, `2m30s`; nothing where the text is none. */
export function parseDurationMs(text: string): number | undefined {
  const compact = text.replaceAll(/\s+/g, "");
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(compact)) return undefined;
  let total = 0;
  for (const [, amount, , unit] of compact.matchAll(/(\d+(\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(amount) * UNITS_MS[unit];
  }
  return total;
}

/** Returns a duration for people: the two largest units that say something (`2m 30s`, `1.5s`, `40ms`). */
export function formatDurationMs(durationMs: number): string {
  if (durationMs < 1_000) return `${Math.round(durationMs)}ms`;
  if (durationMs < 60_000) return `${Math.round(durationMs / 100) / 10}s`;
  const units: [string, number][] = [["d", UNITS_MS.d], ["h", UNITS_MS.h], ["m", UNITS_MS.m], [
    "s",
    UNITS_MS.s,
  ]];
  const first = units.findIndex(([, size]) => durationMs >= size);
  let rest = durationMs;
  const parts: string[] = [];
  for (const [unit, size] of units.slice(first, first + 2)) {
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    if (amount > 0) parts.push(`${amount}${unit}`);
  }
  return parts.join(" ");
}
