/** Authorities and certificates for tests. */
import type { TlsCredentials } from "../../core/platform/tls/mod.ts";
import {
  type Authority,
  clusterServerName,
  createAuthority,
  createKeyPair,
  createRequest,
  exportKey,
  hostServerName,
  type Role,
} from "../../core/trust/mod.ts";

export const cluster = "0123456789abcdef0123456789abcdef";
export const serverName = clusterServerName(cluster);

/** Makes the authority of a cluster. */
export function anAuthority(): Promise<Authority> {
  return createAuthority({ cluster, nowMs: Date.now() });
}

/** Returns a certificate with its key, as whoever holds it shows it. */
export async function credentialsOf(
  authority: Authority,
  subject: { readonly role: Exclude<Role, "seal">; readonly name: string },
  options: { readonly nowMs?: number; readonly lifeMs?: number } = {},
): Promise<TlsCredentials> {
  const pair = await createKeyPair();
  const certificate = await authority.issue(await createRequest(pair, subject), {
    nowMs: Date.now(),
    ...(subject.role === "host" && {
      names: [serverName, hostServerName(cluster, subject.name)],
    }),
    ...options,
  });
  return {
    certificate,
    privateKey: await exportKey(pair.privateKey),
    authority: authority.certificate,
  };
}
