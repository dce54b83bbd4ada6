import { createHash } from "node:crypto";
import { compareStrings, defaultNamespace, type ServiceRef } from "../base/mod.ts";

/** Longest stem of a resource's name: with an ending as `.service.d` it still is a file name (255 bytes). */
const stemBytesMax = 200;

/** Returns an instance's id: `web-0`. The last dash divides it, so no two of a service are the same. */
export function instanceId(node: string, index: number): string {
  return `${node}-${index}`;
}

/** Returns the node and the index that an instance id was made of. */
export function partsOfInstanceId(id: string): { readonly node: string; readonly index: number } {
  const at = id.lastIndexOf("-");
  return { node: id.slice(0, at), index: Number(id.slice(at + 1)) };
}

/** Orders instance ids as people do: `web-2` before `web-10`. */
export function compareInstanceIds(a: string, b: string): number {
  const [one, other] = [partsOfInstanceId(a), partsOfInstanceId(b)];
  return compareStrings(one.node, other.node) || one.index - other.index;
}

/**
 * Returns the name of whatever is made of an item (an instance, or `client-0.server.0` for an edge): safe in a file
 * name and as a unit name's stem, and never that of another.
 *
 *     khutulun.shop.web-0           service "shop" in the default namespace
 *     khutulun.team-a.shop.web-0    in namespace "team-a"
 *
 * Namespaces and services are DNS labels and have no dots; dots and whatever else is not plain in an item are
 * escaped as systemd does (`\x2e`), so that the dots of a name always divide the same parts.
 */
export function resourceName({ namespace, service }: ServiceRef, item: string): string {
  const parts = ["khutulun", ...(namespace === defaultNamespace ? [] : [namespace]), service];
  const stem = `${parts.join(".")}.${escapeName(item)}`;
  return stem.length <= stemBytesMax ? stem : shortened(stem);
}

/** Escapes every byte that is not a letter, a digit, `_` or `-` as systemd does: `\x2e`. */
export function escapeName(text: string): string {
  return Array.from(
    new TextEncoder().encode(text),
    (byte) =>
      isPlain(byte) ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`,
  ).join("");
}

function isPlain(byte: number): boolean {
  return /[A-Za-z0-9_-]/.test(String.fromCharCode(byte));
}

/** A digest in place of the end; the dot before it cannot be in an item, so no name in full is the same. */
function shortened(stem: string): string {
  const digest = createHash("sha256").update(stem).digest("hex").slice(0, 32);
  const start = stem.slice(0, stemBytesMax - digest.length - 1).replace(/\\x?.?$/, "");
  return `${start}.${digest}`;
}
