import tls from "node:tls";
import type { Endpoint } from "../../ports/mod.ts";

interface ShownCertificate {
  readonly raw?: Uint8Array;
  readonly issuerCertificate?: ShownCertificate;
}

/** How many certificates of a chain are looked at. */
const chainMax = 4;

/**
 * Returns the certificate (DER) of the authority that a server shows with its own. Nothing is verified: the caller compares
 * its fingerprint, and then connects with this authority alone. Rejects where nobody answers by TLS in time.
 */
export function readServerAuthority(
  at: Endpoint,
  options: { readonly serverName: string; readonly timeoutMs: number },
): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const socket = tls.connect({
    host: at.host,
    port: at.port,
    servername: options.serverName,
    rejectUnauthorized: false,
  });
  const timer = setTimeout(
    () => reject(new Error(`No answer within ${options.timeoutMs} ms`)),
    options.timeoutMs,
  );
  socket.on("error", (error: Error) => reject(error));
  socket.on("secureConnect", () => {
    let shown = socket.getPeerCertificate(true) as unknown as ShownCertificate | undefined;
    for (let at = 0; at < chainMax; at++) {
      const issuer = shown?.issuerCertificate;
      if (!issuer?.raw || issuer === shown) break;
      shown = issuer;
    }
    if (shown?.raw) resolve(new Uint8Array(shown.raw));
    else reject(new Error("It shows no certificate"));
  });
  return promise.finally(() => {
    clearTimeout(timer);
    socket.destroy();
  });
}
