import type { CertificateFacts } from "./certificate.ts";

/** What is to be done about the end of a certificate. */
export interface Renewal {
  /** `late` is past the time at which it should have been renewed by itself, long before it ends. */
  readonly state: "fresh" | "due" | "late" | "expired";
  /** How long it is still valid. */
  readonly leftMs: number;
}

/**
 * Returns whether a certificate is to be renewed: at two thirds of its life. At five sixths it is late: a person should
 * know, while there is a sixth left.
 */
export function renewalOf(
  { notBeforeMs, notAfterMs }: Pick<CertificateFacts, "notBeforeMs" | "notAfterMs">,
  nowMs: number,
): Renewal {
  const leftMs = notAfterMs - nowMs;
  const lifeMs = notAfterMs - notBeforeMs;
  if (leftMs <= 0) return { state: "expired", leftMs };
  if (leftMs <= lifeMs / 6) return { state: "late", leftMs };
  return { state: leftMs <= lifeMs / 3 ? "due" : "fresh", leftMs };
}
