/**
 * HTTP over mutual TLS, both sides: what `api/` needs of Deno between hosts and for people far away.
 *
 * TLS 1.3 alone. The server asks every client for a certificate and hands each request on with what it was shown; it refuses
 * nobody by itself, for a host that joins has no certificate yet. Event streams and WebSockets go over it too. A client says by
 * name whom it wants to reach, whatever the address, and takes certificates of the cluster's authority alone.
 */
export { connectByTls, type TlsClientOptions } from "./connect.ts";
export { readServerAuthority } from "./server_authority.ts";
export {
  serveByTls,
  type TlsCredentials,
  type TlsPeer,
  type TlsServer,
  type TlsServerOptions,
} from "./serve.ts";
export { upgradeTlsRequest } from "./upgrade.ts";
