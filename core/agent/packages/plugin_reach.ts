import type { Manifest } from "../../plugin/mod.ts";

/**
 * Returns what a plugin may do beyond what it might before, as lines such as `may run (change): systemctl start *`. Without an
 * earlier version that is all that it may do.
 */
export function compareReach(before: Manifest | undefined, now: Manifest): string[] {
  const had = new Set(before ? reachOf(before) : []);
  return reachOf(now).filter((line) => !had.has(line));
}

const sights = {
  service: "instances of its service",
  namespace: "instances of every service of its namespace",
} as const;

function reachOf(manifest: Manifest): string[] {
  return [
    ...manifest.commands.map(({ kind, words }) => `may run (${kind}): ${words.join(" ")}`),
    ...manifest.reads.map((path) => `may read: ${path}`),
    ...manifest.writes.map((path) => `may write: ${path}`),
    ...manifest.calls.map((plugin) => `may call plugin: ${plugin}`),
    ...manifest.reaches.map((place) => `may reach: ${place}`),
    ...(manifest.sees === undefined ? [] : [`may look up: ${sights[manifest.sees]}`]),
    ...manifest.environment.map((name) => `may set the variable: ${name}`),
  ];
}
