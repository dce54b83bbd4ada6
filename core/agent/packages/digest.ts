import { createHash } from "node:crypto";

/** Returns `sha256:…` of bytes or of a text's UTF-8. It is synchronous, so that virtual time stays exact. */
export function sha256(content: Uint8Array | string): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}
