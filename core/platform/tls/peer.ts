import type { TLSSocket } from "node:tls";
import type { Endpoint } from "../../ports/mod.ts";

/** Who is at the other end, as TLS tells. */
export interface TlsPeer {
  readonly from: Endpoint;
  /** Nothing where no certificate was shown. */
  readonly certificate?: {
    /** Whether it is by the authority, in its time, and the private key was proved. */
    readonly isAuthorized: boolean;
    readonly why?: string;
    readonly organisation: string;
    readonly name: string;
    readonly notBeforeMs: number;
    readonly notAfterMs: number;
  };
}

/** Returns who is at the other end of a socket whose handshake is over. */
export function peerOf(socket: TLSSocket): TlsPeer {
  const from = { host: socket.remoteAddress ?? "", port: socket.remotePort ?? 0 };
  const shown = socket.getPeerCertificate() as
    | { subject?: { O?: unknown; CN?: unknown }; valid_from?: string; valid_to?: string }
    | undefined;
  if (!shown?.subject) return { from };
  return {
    from,
    certificate: {
      isAuthorized: socket.authorized,
      why: socket.authorizationError ? String(socket.authorizationError) : undefined,
      organisation: textOf(shown.subject.O),
      name: textOf(shown.subject.CN),
      notBeforeMs: Date.parse(shown.valid_from ?? ""),
      notAfterMs: Date.parse(shown.valid_to ?? ""),
    },
  };
}

/** What is absent or there twice is nothing that we have issued. */
function textOf(part: unknown): string {
  return typeof part === "string" ? part : "";
}
