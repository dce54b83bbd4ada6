import { isDnsLabel } from "../../base/mod.ts";
import type { Hint } from "./membership.ts";

/** A hint on its way, with a name of its own by which a host tells whether it knows it already. */
export interface SentHint {
  /** `<sender>.<life>.<number>` */
  readonly id: string;
  readonly hint: Hint;
}

/** Longer ones are nobody's. */
const hintBytesMax = 512;

/** Returns a hint as it goes over gossip. */
export function encodeHint({ id, hint }: SentHint): Uint8Array {
  const { ref, generation, observer } = hint;
  const text = JSON.stringify([id, ref.namespace, ref.service, generation, observer ?? ""]);
  return new TextEncoder().encode(text);
}

/** Returns the hint that a message is; nothing where it is none. */
export function decodeHint(bytes: Uint8Array): SentHint | undefined {
  if (bytes.length > hintBytesMax) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
  if (!Array.isArray(json) || json.length !== 5) return undefined;
  const [id, namespace, service, generation, observer] = json;
  const isWhole = typeof id === "string" && id.length <= 128 && isName(namespace) &&
    isName(service) && Number.isSafeInteger(generation) && generation >= 0 &&
    (observer === "" || isName(observer));
  if (!isWhole) return undefined;
  const hint = { ref: { namespace, service }, generation, ...(observer !== "" && { observer }) };
  return { id, hint };
}

function isName(value: unknown): boolean {
  return typeof value === "string" && isDnsLabel(value);
}
