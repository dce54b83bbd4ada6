import { z } from "zod";
import type {
  AuditEntry,
  ContextAnswer,
  ContextRequest,
  JoinAnswer,
  JoinRequest,
  KeysView,
  SecretRequest,
  SecretView,
  TokenAnswer,
  TokenOptions,
  TokenView,
} from "../../agent/mod.ts";
import { dnsLabel, texts } from "./schemas.ts";

/** The forms of what is said about who may speak: joins and tokens, keys, contexts, secrets, and the audit log. */

/** What a host that joins may say at most; it is nobody yet. */
export const joinRequest: z.ZodType<JoinRequest> = z.strictObject({
  token: z.string().max(64),
  secret: z.string().max(128),
  host: dnsLabel,
  cluster: z.string().max(64),
  proof: z.string().max(64),
  nowMs: z.number(),
}).meta({ id: "JoinRequest" });

export const joinAnswer: z.ZodType<JoinAnswer> = z.strictObject({
  authorityCertificate: z.string(),
  authorityKey: z.string(),
  ring: z.string(),
  by: z.string(),
}).meta({ id: "JoinAnswer" });

const yearMs = 365 * 24 * 60 * 60 * 1_000;

export const tokenOptions: z.ZodType<TokenOptions> = z.strictObject({
  ttlMs: z.number().int().min(1_000).max(yearMs),
  isSingleUse: z.boolean(),
});

export const tokenView: z.ZodType<TokenView> = z.strictObject({
  id: z.string(),
  state: z.enum(["usable", "expired", "revoked", "used"]),
  created: z.string(),
  expires: z.string(),
  isSingleUse: z.boolean(),
  by: z.string(),
  uses: texts,
}).meta({ id: "Token" });

export const tokenAnswer: z.ZodType<TokenAnswer> = z.strictObject({
  token: z.string(),
  view: tokenView,
}).meta({ id: "TokenAnswer" });

export const keysView: z.ZodType<KeysView> = z.strictObject({
  rotation: z.enum(["none", "added", "used"]),
  keys: z.array(z.strictObject({ id: z.string(), isPrimary: z.boolean() })),
  revoked: z.array(z.strictObject({
    role: z.enum(["host", "admin"]),
    name: z.string(),
    before: z.string(),
  })),
  hosts: z.array(z.strictObject({
    host: z.string(),
    generation: z.number().optional(),
    why: z.string().optional(),
  })),
}).meta({ id: "Keys" });

export const contextRequest: z.ZodType<ContextRequest> = z.strictObject({
  request: z.string().max(8_192),
  ttlMs: z.number().int().min(1_000).max(yearMs).optional(),
});

export const contextAnswer: z.ZodType<ContextAnswer> = z.strictObject({
  certificate: z.string(),
  authority: z.string(),
  cluster: z.strictObject({ id: z.string(), name: z.string() }),
  endpoints: texts,
}).meta({ id: "Context" });

export const secretRequest: z.ZodType<SecretRequest> = z.strictObject({
  base64: z.base64().max(128 * 1_024),
  only: texts.optional(),
});

export const secretView: z.ZodType<SecretView> = z.strictObject({
  namespace: z.string(),
  name: z.string(),
  generation: z.number(),
  at: z.string(),
  by: z.string(),
  hosts: texts,
}).meta({ id: "Secret" });

export const auditEntry: z.ZodType<AuditEntry> = z.strictObject({
  at: z.string(),
  host: z.string(),
  who: z.string(),
  from: z.string(),
  what: z.string(),
  subject: z.string().optional(),
  outcome: z.enum(["done", "refused", "failed"]),
  code: z.string().optional(),
}).meta({ id: "AuditEntry" });
