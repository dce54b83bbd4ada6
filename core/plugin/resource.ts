import type { ResourceId } from "../plan/mod.ts";
import { readText, ShapeError } from "./_shape.ts";

const kinds = [
  ...["unit", "file", "directory", "process", "claim", "container", "pod", "network"],
  ...["machine", "domain", "mount", "rule", "other"],
];

/** Returns a resource's name, after checking that its kind is one of the closed list. */
export function readResource(value: unknown, path: string): ResourceId {
  const text = readText(value, path);
  const colon = text.indexOf(":");
  if (colon > 0 && colon < text.length - 1 && kinds.includes(text.slice(0, colon))) {
    return text as ResourceId;
  }
  throw new ShapeError(
    path,
    `must be KIND:NAME with a kind of ${kinds.join(", ")}, found "${text}"`,
  );
}
