import { type Json, stableJson } from "../base/mod.ts";
import { type Change, type Clout, difference, type VertexDifference } from "../clout/mod.ts";
import type { Instance } from "./instance.ts";

const valueCharactersMax = 60;

/**
 * Returns a function that says in sentences how an instance differs from before: what its template says otherwise, its
 * plugin, its claims, its revision.
 */
export function describeChanges(
  before: Clout | undefined,
  after: Clout,
): (before: Instance, after: Instance) => string[] {
  const changed = before && before !== after
    ? new Map(difference(before, after).changed.map((each) => [each.id, each]))
    : new Map<string, VertexDifference>();
  return (old, now) => [
    ...(old.vertex === now.vertex ? describeVertex(changed.get(now.vertex)) : []),
    ...describeInstance(old, now),
  ];
}

function describeVertex(vertex: VertexDifference | undefined): string[] {
  if (!vertex) return [];
  const said = new Set(vertex.changes.map(({ path }) => path.join("/")));
  // An attribute that mirrors a property changes with it: once is enough.
  const changes = vertex.changes.filter(({ path: [part, ...rest] }) =>
    part !== "attributes" || !said.has(["properties", ...rest].join("/"))
  ).map(describeChange);
  return vertex.edgeOrder ? [...changes, "its requirements are in another order"] : changes;
}

/** Returns one change as half a sentence: `property "port" changes from 8080 to 8081`. */
function describeChange({ path, from, to }: Change): string {
  const [part, ...rest] = path;
  const subject = rest.length === 0
    ? `"${part}"`
    : `${nouns[part] ?? part} "${rest.map((each) => each.replace(/\.0$/, "")).join(".")}"`;
  if (from === undefined) return `${subject} is new: ${show(to)}`;
  if (to === undefined) return `${subject} is gone: it was ${show(from)}`;
  return `${subject} changes from ${show(from)} to ${show(to)}`;
}

const nouns: Readonly<Record<string, string>> = {
  properties: "property",
  attributes: "attribute",
  capabilities: "capability",
  artifacts: "artifact",
  interfaces: "interface",
  edges: "requirement",
  metadata: "metadata",
};

function show(value: Json | undefined): string {
  const text = stableJson(value);
  return text.length <= valueCharactersMax ? text : `${text.slice(0, valueCharactersMax)}…`;
}

function describeInstance(old: Instance, now: Instance): string[] {
  const reasons: string[] = [];
  if (old.plugin !== now.plugin) {
    reasons.push(`plugin "${now.plugin}" takes over from "${old.plugin}"`);
  } else if (old.pluginDigest !== now.pluginDigest) {
    reasons.push(`plugin "${now.plugin}" has changed`);
  }
  const keys = ({ claims }: Instance) =>
    claims.map(({ kind, key }) => `${kind} ${key}`).join(", ") || "none";
  if (old.host === now.host && keys(old) !== keys(now)) {
    reasons.push(`claims change from ${keys(old)} to ${keys(now)}`);
  }
  return reasons;
}
