import { createHash } from "node:crypto";

const sealLine = /^digest: (sha256:[0-9a-f]{64})\n/m;

/** Where a document's envelope ends at the latest. */
const envelopeLengthMax = 2_000;

/**
 * Returns a document's text with a digest of all the rest in its envelope, so that what was written by khutulun can be told
 * from what was edited afterwards. It keeps nobody from editing: who may write the state may write a digest.
 */
export function sealText(text: string): string {
  const at = text.search(/^spec:/m);
  return `${text.slice(0, at)}digest: ${digestOf(text)}\n${text.slice(at)}`;
}

/** Whether a text is as it was written; nothing where it does not say: an older version wrote it. */
export function isAsSealed(text: string): boolean | undefined {
  const match = sealLine.exec(text.slice(0, envelopeLengthMax));
  if (match === null) return undefined;
  const rest = text.slice(0, match.index) + text.slice(match.index + match[0].length);
  return digestOf(rest) === match[1];
}

function digestOf(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
