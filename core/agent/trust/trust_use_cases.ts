import type { AuditEntry, SecretRef } from "../../store/mod.ts";

/** What an agent does about who may speak in its cluster. */
export interface TrustUseCases {
  /** Admits a host that shows a token. */
  join(request: JoinRequest): Promise<JoinAnswer>;
  /** Takes this host out of its cluster; nothing may be placed on it any more. The agent ends afterwards. */
  leave(): Promise<void>;

  createToken(options: TokenOptions, by: string): Promise<TokenAnswer>;
  tokens(): Promise<TokenView[]>;
  revokeToken(id: string): Promise<TokenView>;

  keys(): Promise<KeysView>;
  /** Replaces the key of the gossip everywhere; goes on with what was cut short. */
  rotateKeys(): Promise<KeysView>;

  /** Certifies an administrator's key. */
  createContext(request: ContextRequest): Promise<ContextAnswer>;
  /** Makes all certificates useless that were made until now for contexts of this name. */
  revokeContext(name: string): Promise<KeysView>;

  setSecret(ref: SecretRef, request: SecretRequest, by: string): Promise<SecretView>;
  secrets(namespace?: string): Promise<SecretView[]>;
  /** Returns the value, as base64. */
  revealSecret(ref: SecretRef): Promise<{ readonly base64: string }>;
  removeSecret(ref: SecretRef): Promise<void>;

  /** Writes who did what. A log that cannot be written does not stop what was asked, but is said in the agent's own. */
  audit(entry: Omit<AuditEntry, "at" | "host">): Promise<void>;
  audited(limit: number): Promise<AuditEntry[]>;
}

export interface JoinRequest {
  readonly token: string;
  readonly secret: string;
  readonly host: string;
  /** The cluster that the host sees in the state. */
  readonly cluster: string;
  /** Of a file that the host has written into the state: both sides must see the same one. */
  readonly proof: string;
  /** What the host's clock says. */
  readonly nowMs: number;
}

export interface JoinAnswer {
  readonly authorityCertificate: string;
  readonly authorityKey: string;
  /** As `formatRing` writes it. */
  readonly ring: string;
  /** The host that answered. */
  readonly by: string;
}

export interface TokenOptions {
  readonly ttlMs: number;
  readonly isSingleUse: boolean;
}

export interface TokenAnswer {
  /** The word to join by; it is told this once. */
  readonly token: string;
  readonly view: TokenView;
}

export interface TokenView {
  readonly id: string;
  readonly state: "usable" | "expired" | "revoked" | "used";
  readonly created: string;
  readonly expires: string;
  readonly isSingleUse: boolean;
  readonly by: string;
  /** Hosts that have joined by it. */
  readonly uses: readonly string[];
}

/** The keys of the gossip, never the keys themselves. */
export interface KeysView {
  readonly rotation: "none" | "added" | "used";
  readonly keys: readonly { readonly id: string; readonly isPrimary: boolean }[];
  /** Whose certificates are good no longer, where they were issued before that time; oldest first. */
  readonly revoked: readonly {
    readonly role: "host" | "admin";
    readonly name: string;
    readonly before: string;
  }[];
  /** Which keys each host has; nothing of hosts that do not answer. */
  readonly hosts: readonly {
    readonly host: string;
    readonly generation?: number;
    readonly why?: string;
  }[];
}

export interface ContextRequest {
  /** PEM: signed by the key that the context will have. */
  readonly request: string;
  readonly ttlMs?: number;
}

export interface ContextAnswer {
  readonly certificate: string;
  readonly authority: string;
  readonly cluster: { readonly id: string; readonly name: string };
  /** `address:port` of the hosts' APIs. */
  readonly endpoints: readonly string[];
}

export interface SecretRequest {
  readonly base64: string;
  /** Hosts that may have it; all where absent. */
  readonly only?: readonly string[];
}

export interface SecretView extends SecretRef {
  readonly generation: number;
  readonly at: string;
  readonly by: string;
  /** Hosts that can open it. */
  readonly hosts: readonly string[];
}

export type { AuditEntry } from "../../store/mod.ts";
