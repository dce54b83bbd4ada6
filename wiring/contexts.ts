/**
 * What `main.ts` joins so that a person far away can speak to a cluster. It is loaded where a context is used or made.
 */
import { formatDurationMs } from "../core/base/mod.ts";
import type { Connection } from "../core/api/mod.ts";
import { type Context, parseContext } from "../core/cli/mod.ts";
import {
  createKeyPair,
  createRequest,
  exportKey,
  readCertificate,
  renewalOf,
} from "../core/trust/mod.ts";
import { connectContext } from "./tls.ts";

/** Returns a way to the cluster of a context; `warn` is told when its certificate should be made anew. */
export function openContext(
  name: string,
  text: string,
  nowMs: number,
  warn: (message: string) => void,
): Connection {
  const context: Context = parseContext(text, name);
  const facts = readCertificate(context.certificate);
  const { state, leftMs } = renewalOf(facts, nowMs);
  if (state === "late") {
    const left = formatDurationMs(Math.max(0, leftMs));
    warn(
      `The certificate of context "${name}" ends in ${left}: khutulun context create ${name}`,
    );
  }
  return connectContext(context);
}

/** Makes the key of a context, and the request for its certificate. */
export async function makeContextKey(
  name: string,
): Promise<{ readonly request: string; readonly privateKey: string }> {
  const pair = await createKeyPair();
  return {
    request: await createRequest(pair, { role: "admin", name }),
    privateKey: await exportKey(pair.privateKey),
  };
}

export { readCertificate };
