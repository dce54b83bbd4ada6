import { z } from "zod";
import type { OperationName } from "../operations.ts";
import { charactersMax } from "../terminal.ts";
import * as schemas from "./schemas.ts";
import * as trust from "./trust_schemas.ts";

/** The forms of one operation. What is absent, the operation does not take. */
export interface OperationSchemas {
  readonly path?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** What is answered, or what each event holds. */
  readonly answer: z.ZodType;
}

const label = schemas.dnsLabel;
const serviceAddress = z.strictObject({ namespace: label, name: label });
const hostAddress = z.strictObject({ host: label });
const packageAddress = z.strictObject({
  kind: schemas.packageKind,
  namespace: label,
  name: z.string(),
});
const scope = z.strictObject({ namespace: label.optional(), service: label.optional() });

const eventQuery = z.strictObject({
  namespace: label.optional(),
  service: label.optional(),
  item: z.string().optional(),
  limit: z.coerce.number().int().min(0).max(10_000).optional(),
  after: z.string().optional(),
});

/** A parameter that may be given once or more often. */
const many = z.union([z.string().transform((text) => [text]), z.array(z.string())]);

/** Rows or columns: with both, a command gets a terminal of that size. */
const characters = z.coerce.number().int().min(1).max(charactersMax);

/** The forms of every operation: the server checks by them, the client is typed by them, the OpenAPI document says them. */
export const contract = {
  status: { answer: schemas.agentStatus },
  doctor: { answer: z.array(schemas.doctorFinding) },
  why: {
    path: z.strictObject({ namespace: label, name: z.string() }),
    answer: schemas.explanation,
  },

  services: {
    query: z.strictObject({ namespace: label.optional() }),
    answer: z.array(schemas.serviceView),
  },
  service: { path: serviceAddress, answer: schemas.serviceDetail },
  deploy: {
    path: serviceAddress,
    body: schemas.deployBody.extend({ plan: schemas.savedPlan.optional() }),
    answer: schemas.deployAnswer,
  },
  delete: {
    path: serviceAddress,
    query: z.strictObject({ forget: many.optional() }),
    answer: schemas.deployAnswer,
  },
  plan: { path: serviceAddress, body: schemas.deployBody, answer: schemas.planView },
  script: {
    path: serviceAddress,
    body: schemas.deployBody,
    answer: z.strictObject({ script: z.string() }),
  },
  history: { path: serviceAddress, answer: z.array(schemas.generationView) },
  rollback: {
    path: serviceAddress,
    body: z.strictObject({
      to: z.number().int().min(1).optional(),
      dryRun: z.boolean().optional(),
    }),
    answer: schemas.deployAnswer,
  },
  restart: {
    path: serviceAddress,
    body: z.strictObject({ instances: z.array(z.string()).optional() }),
    answer: schemas.deployAnswer,
  },
  outputs: { path: serviceAddress, answer: schemas.outputs },
  follow: {
    path: serviceAddress,
    query: z.strictObject({ generation: z.coerce.number().int().min(0) }),
    answer: schemas.progress,
  },
  logs: {
    path: serviceAddress,
    query: z.strictObject({
      instance: z.string().optional(),
      lines: z.coerce.number().int().min(0).max(100_000).optional(),
      follow: z.stringbool().optional(),
      here: z.stringbool().optional(),
    }),
    answer: schemas.logLine,
  },
  exec: {
    path: serviceAddress,
    query: z.strictObject({
      instance: z.string(),
      argv: many,
      here: z.stringbool().optional(),
      rows: characters.optional(),
      columns: characters.optional(),
      term: z.string().regex(/^[\w+.-]{1,64}$/, "is no name of a terminal").optional(),
    }),
    answer: z.never(),
  },

  instances: { query: scope, answer: z.array(schemas.instanceView) },
  connections: { query: scope, answer: z.array(schemas.connectionView) },
  hosts: { answer: z.array(schemas.hostView) },
  host: { path: hostAddress, answer: schemas.hostDetail },
  changeHost: { path: hostAddress, body: schemas.hostChange, answer: schemas.hostAnswer },
  loseHost: { path: hostAddress, answer: schemas.hostAnswer },
  removeHost: { path: hostAddress, answer: z.null() },
  cluster: { answer: schemas.clusterStatus },
  namespaces: { answer: z.array(schemas.namespaceView) },
  events: { query: eventQuery, answer: z.array(schemas.stateEvent) },
  watchEvents: { query: eventQuery, answer: schemas.stateEvent },

  packages: {
    path: z.strictObject({ kind: schemas.packageKind }),
    query: z.strictObject({ namespace: label.optional() }),
    answer: z.array(schemas.packageView),
  },
  package: { path: packageAddress, answer: schemas.packageDetail },
  register: {
    path: z.strictObject({ kind: schemas.packageKind, namespace: label }),
    body: z.strictObject({ upload: schemas.upload, name: z.string().optional() }),
    answer: schemas.registerAnswer,
  },
  removePackage: { path: packageAddress, answer: z.null() },

  join: { body: trust.joinRequest, answer: trust.joinAnswer },
  leave: { answer: z.null() },
  tokens: { answer: z.array(trust.tokenView) },
  createToken: { body: trust.tokenOptions, answer: trust.tokenAnswer },
  revokeToken: { path: z.strictObject({ id: z.string().max(64) }), answer: trust.tokenView },
  keys: { answer: trust.keysView },
  rotateKeys: { answer: trust.keysView },
  createContext: { body: trust.contextRequest, answer: trust.contextAnswer },
  revokeContext: {
    path: z.strictObject({ name: z.string().min(1).max(255) }),
    answer: trust.keysView,
  },
  secrets: {
    query: z.strictObject({ namespace: label.optional() }),
    answer: z.array(trust.secretView),
  },
  setSecret: { path: serviceAddress, body: trust.secretRequest, answer: trust.secretView },
  revealSecret: { path: serviceAddress, answer: z.strictObject({ base64: z.string() }) },
  removeSecret: { path: serviceAddress, answer: z.null() },
  audit: {
    query: z.strictObject({ limit: z.coerce.number().int().min(0).max(10_000).optional() }),
    answer: z.array(trust.auditEntry),
  },

  hostPlan: { body: schemas.hostPlanRequest, answer: schemas.hostPlan },
  ring: { answer: z.strictObject({ ring: z.string() }) },
  offerRing: {
    body: z.strictObject({ ring: z.string().max(4_096) }),
    answer: z.strictObject({ ring: z.string() }),
  },
} satisfies { [Name in OperationName]: OperationSchemas };

type Part<Name extends OperationName, Key extends string> = typeof contract[Name] extends
  Record<Key, infer Schema extends z.ZodType> ? { readonly [K in Key]: z.output<Schema> }
  : unknown;

/** What an operation takes. */
export type InputOf<Name extends OperationName> =
  & Part<Name, "path">
  & Part<Name, "query">
  & Part<Name, "body">;

/** What an operation answers, or what each of its events holds. */
export type AnswerOf<Name extends OperationName> = z.output<typeof contract[Name]["answer"]>;
