import type { AgentFlags, NamespaceFlags, OutputFlags } from "./flags.ts";
import type { JoinOptions } from "./surroundings.ts";

/** What every command about who may speak takes. */
export type TrustFlags = AgentFlags & OutputFlags;

export type TokenFlags = TrustFlags & { readonly ttl: number; readonly singleUse?: boolean };

export type JoinFlags = Omit<JoinOptions, "token"> & { readonly install?: boolean };

export type ContextCreateFlags = AgentFlags & { readonly ttl: number; readonly to?: string };

export type SecretFlags = TrustFlags & NamespaceFlags;

export type SecretSetFlags = SecretFlags & {
  readonly file?: string;
  readonly host?: readonly string[];
};

export type SecretShowFlags = SecretFlags & { readonly reveal?: boolean };
