/**
 * The label: a cluster's name in front of every packet and at the start of every stream, so that clusters that share a
 * network do not mix. It is no secret; with keys it is authenticated too.
 */
import { fail } from "../../base/mod.ts";
import { bounds } from "./bounds.ts";
import { concatBytes, sameBytes } from "./bytes.ts";
import { malformed, otherCluster } from "./malformed.ts";
import { messageType } from "./message.ts";
import { utf8 } from "./msgpack.ts";
import type { ByteReader } from "./reader.ts";

/** Returns the bytes of a label; throws where it is too long to be sent. */
export function labelBytes(label: string): Uint8Array {
  const bytes = utf8(label);
  if (bytes.length > bounds.labelBytesMax) {
    fail("GOSSIP_SETTING_INVALID", {
      what: `Cannot use the gossip label "${label}"`,
      why: `It has ${bytes.length} bytes, the limit is ${bounds.labelBytesMax}`,
      fix: "Choose a shorter label",
    });
  }
  return bytes;
}

/** Returns the header that carries a label; no bytes where there is no label. */
export function labelHeader(label: Uint8Array): Uint8Array {
  if (label.length === 0) return label;
  return concatBytes(Uint8Array.of(messageType.label, label.length), label);
}

/** How an expected label is checked. */
export interface LabelCheck {
  readonly label: Uint8Array;
  /** Something in front strips labels: none may be there, and ours is taken as given. */
  readonly skipLabelCheck?: boolean;
}

/** Takes the label header off the front; throws where it is not the one expected. */
export function takeLabel(reader: ByteReader, check: LabelCheck): void {
  const hasLabel = reader.peek() === messageType.label;
  if (check.skipLabelCheck) {
    if (hasLabel) otherCluster("it carries a label, which something in front should have stripped");
    return;
  }
  if (!hasLabel) {
    if (check.label.length > 0) otherCluster("it carries no label");
    return;
  }
  reader.byte();
  const length = reader.byte();
  if (length === 0) malformed("its label is empty");
  if (!sameBytes(reader.take(length), check.label)) {
    otherCluster("it carries the label of another cluster");
  }
}
