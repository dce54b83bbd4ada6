import { z } from "zod";
import {
  type Json,
  type Problem,
  type ProblemCode,
  problemCodes,
  type ServiceRef,
} from "../../base/mod.ts";
import type {
  AgentStatus,
  ClusterStatus,
  ConnectionView,
  DeployAnswer,
  DoctorFinding,
  Explanation,
  GenerationView,
  HostAnswer,
  HostChange,
  HostDetail,
  HostPlanRequest,
  HostView,
  InstanceView,
  NamespaceView,
  PackageDetail,
  PackageView,
  PlanView,
  Progress,
  RegisterAnswer,
  SavedPlan,
  ServiceDetail,
  ServiceView,
  Upload,
  UseCases,
} from "../../agent/mod.ts";
import type { LogLine } from "../views.ts";

/**
 * The forms of all that goes over the wire, but for what `trust_schemas.ts` has. Each is held to the type of the use cases by the compiler, and the tests hold
 * the answers of a real agent to them.
 */

type StateEvent = Awaited<ReturnType<UseCases["events"]>>[number];
type Step = PlanView["hosts"][number]["steps"][number];
type ResourceId = Step["owns"][number];

const json: z.ZodType<Json> = z.lazy(() =>
  z.union([
    z.null(),
    z.boolean(),
    z.number(),
    z.string(),
    z.array(json),
    z.record(z.string(), json),
  ])
).meta({ id: "Json" });
const jsonObject = z.record(z.string(), json);
export const texts = z.array(z.string());

/** A DNS label: what namespaces, services and hosts are called. */
export const dnsLabel = z.string().regex(
  /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
  "is no DNS label (lower-case letters, digits and dashes)",
);

export const serviceRef: z.ZodType<ServiceRef> = z.strictObject({
  namespace: dnsLabel,
  service: dnsLabel,
}).meta({ id: "ServiceRef" });

const where = z.strictObject({
  position: z.strictObject({
    file: z.string(),
    line: z.number(),
    column: z.number(),
    endLine: z.number().optional(),
    endColumn: z.number().optional(),
  }).optional(),
  path: z.string().optional(),
  host: z.string().optional(),
  subject: z.string().optional(),
}).meta({ id: "Where" });

export const problem: z.ZodType<Problem> = z.strictObject({
  code: z.enum(Object.keys(problemCodes) as [ProblemCode, ...ProblemCode[]]),
  severity: z.enum(["error", "warning"]),
  what: z.string(),
  where: where.optional(),
  why: z.string().optional(),
  fix: z.string().optional(),
  get cause(): z.ZodOptional<z.ZodType<Problem>> {
    return problem.optional();
  },
}).meta({ id: "Problem", description: "What went wrong, where, why, and how to mend it" });

const problems = z.array(problem);

/** The body of every answer that is not a success. */
export const failure: z.ZodType<{ problems: readonly Problem[] }> = z.strictObject({ problems })
  .meta({ id: "Failure" });

export const agentStatus: z.ZodType<AgentStatus> = z.strictObject({
  version: z.string(),
  host: z.string(),
  cluster: z.strictObject({ id: z.string(), name: z.string(), mode: z.enum(["system", "user"]) }),
  state: z.string(),
  systemd: z.enum(["system", "user", "none"]),
  isolated: problem.optional(),
  plugins: z.array(
    z.strictObject({ name: z.string(), version: z.string(), digest: z.string() }),
  ),
}).meta({ id: "AgentStatus" });

export const upload: z.ZodType<Upload> = z.strictObject({
  files: z.record(
    z.string(),
    z.strictObject({ base64: z.base64(), executable: z.boolean() }),
  ),
  entry: z.string().optional(),
}).meta({ id: "Upload", description: "Files of a template, profile or plugin" });

const template = z.union([
  z.strictObject({ name: z.string() }),
  z.strictObject({ upload }),
]);

const count = z.number().int().min(0).max(1_000_000);
const requestFields = {
  template: template.optional(),
  inputs: jsonObject.optional(),
  scale: z.record(z.string(), count).optional(),
  update: z.strictObject({
    parallel: z.number().int().min(1).max(1_000_000).optional(),
    pauseMs: z.number().int().min(0).optional(),
    rollback: z.boolean().optional(),
  }).optional(),
};

/** What `plan`, `script` and `deploy` take; the service is named by the address. */
export const deployBody = z.strictObject(requestFields);

export const savedPlan: z.ZodType<SavedPlan> = z.strictObject({
  ref: serviceRef,
  baseGeneration: z.number(),
  request: z.strictObject({ ref: serviceRef, ...requestFields }),
  digest: z.string(),
}).meta({ id: "SavedPlan" });

const instance = z.strictObject({
  id: z.string(),
  vertex: z.string(),
  index: z.number(),
  host: z.string(),
  epoch: z.number(),
  want: z.enum(["running", "stopped", "absent"]),
  revision: z.number(),
  plugin: z.string(),
  pluginDigest: z.string(),
  claims: z.array(z.strictObject({ kind: z.string(), key: z.string(), name: z.string() })),
  handsOver: z.literal(true).optional(),
  stranded: z.literal(true).optional(),
}).meta({ id: "Instance" });

const servicePlan: z.ZodType<PlanView["service"]> = z.strictObject({
  ref: serviceRef,
  baseGeneration: z.number(),
  instances: z.array(instance),
  changes: z.array(z.strictObject({
    id: z.string(),
    change: z.enum(["create", "update", "move", "remove", "unchanged"]),
    host: z.string(),
    reasons: texts,
  })),
  problems,
}).meta({ id: "ServicePlan" });

const artifactSource = z.strictObject({ path: z.string(), digest: z.string() });
const environment = z.record(z.string(), z.string());

const effect = z.union([
  z.strictObject({
    exec: z.strictObject({
      argv: texts,
      env: environment.optional(),
      cwd: z.string().optional(),
      stdin: z.string().optional(),
      okExit: z.array(z.number()).optional(),
      joinable: z.boolean().optional(),
    }),
  }),
  z.strictObject({
    write: z.strictObject({
      path: z.string(),
      mode: z.string(),
      owner: z.string().optional(),
      text: z.string().optional(),
      artifact: artifactSource.optional(),
    }),
  }),
  z.strictObject({
    remove: z.strictObject({ path: z.string(), recursive: z.boolean().optional() }),
  }),
  z.strictObject({
    spawn: z.strictObject({
      argv: texts,
      env: environment,
      cwd: z.string().optional(),
      logPath: z.string(),
      pidPath: z.string(),
      revision: z.string(),
    }),
  }),
  z.strictObject({ end: z.strictObject({ pidPath: z.string(), graceMs: z.number() }) }),
]).meta({ id: "Effect", description: "One effect on a host" });

const step: z.ZodType<Step> = z.strictObject({
  key: z.string(),
  item: z.string(),
  why: z.string(),
  needs: texts,
  owns: z.array(
    z.custom<ResourceId>((value) => typeof value === "string").meta({ type: "string" }),
  ),
  gate: z.enum(["start", "stop"]).optional(),
  timeoutMs: z.number(),
  do: effect,
}).meta({ id: "Step" });

export const hostPlan: z.ZodType<PlanView["hosts"][number]> = z.strictObject({
  host: z.string(),
  ref: serviceRef,
  steps: z.array(step),
  waits: z.array(
    z.strictObject({ item: z.string(), gate: z.enum(["start", "stop"]), for: texts }),
  ),
  later: z.array(z.strictObject({ item: z.string(), why: z.string() })),
  problems,
}).meta({ id: "HostPlan" });

export const planView: z.ZodType<PlanView> = z.strictObject({
  service: servicePlan,
  hosts: z.array(hostPlan),
  problems,
  saved: savedPlan,
}).meta({ id: "Plan" });

export const deployAnswer: z.ZodType<DeployAnswer> = z.strictObject({
  generation: z.number(),
  changed: z.boolean(),
  plan: planView.optional(),
  problems,
}).meta({ id: "DeployAnswer" });

export const progress: z.ZodType<Progress> = z.strictObject({
  at: z.string(),
  kind: z.enum(["step", "phase", "settled", "failed"]),
  item: z.string().optional(),
  message: z.string(),
  problem: problem.optional(),
  done: z.number(),
  total: z.number(),
}).meta({ id: "Progress" });

export const generationView: z.ZodType<GenerationView> = z.strictObject({
  generation: z.number(),
  at: z.string(),
  by: z.string(),
  template: z.strictObject({ name: z.string(), digest: z.string() }),
  inputs: jsonObject,
  changes: texts,
  isCurrent: z.boolean(),
  deleting: z.boolean().optional(),
}).meta({ id: "Generation", description: "What was asked for a service at some time" });

const serviceFields = {
  ref: serviceRef,
  template: z.string(),
  generation: z.number(),
  phase: z.string(),
  ready: z.number(),
  wanted: z.number(),
  changed: z.string(),
};

export const serviceView: z.ZodType<ServiceView> = z.strictObject(serviceFields)
  .meta({ id: "Service" });

export const instanceView: z.ZodType<InstanceView> = z.strictObject({
  ref: serviceRef,
  id: z.string(),
  type: z.string(),
  host: z.string(),
  want: z.string(),
  phase: z.string(),
  why: z.string().optional(),
  since: z.string().optional(),
  plugin: z.string(),
  claims: texts,
  owned: texts,
  attributes: jsonObject,
}).meta({ id: "InstanceView" });

export const connectionView: z.ZodType<ConnectionView> = z.strictObject({
  ref: serviceRef,
  id: z.string(),
  type: z.string(),
  source: z.string(),
  target: z.string(),
  phase: z.string(),
  attributes: jsonObject,
}).meta({ id: "Connection" });

export const serviceDetail: z.ZodType<ServiceDetail> = z.strictObject({
  ...serviceFields,
  inputs: jsonObject,
  outputs: jsonObject,
  instances: z.array(instanceView),
  connections: z.array(connectionView),
  history: z.array(z.strictObject({ generation: z.number(), at: z.string(), by: z.string() })),
  problems,
}).meta({ id: "ServiceDetail" });

const hostFields = {
  id: z.string(),
  name: z.string(),
  address: z.string(),
  gossip: z.string(),
  api: z.string(),
  mode: z.enum(["system", "user"]),
  systemd: z.enum(["system", "user", "none"]),
  version: z.string(),
  formats: z.array(z.number()),
  boot: z.string(),
  facts: jsonObject,
  liveness: z.enum(["alive", "suspect", "dead", "left"]),
  instances: z.number(),
  claims: z.array(z.strictObject({ claim: z.string(), holder: z.string() })),
  labels: z.record(z.string(), z.string()),
  cordoned: z.boolean(),
  drained: z.boolean(),
  lost: z.boolean().optional(),
};

export const hostView: z.ZodType<HostView> = z.strictObject(hostFields).meta({ id: "Host" });

export const hostDetail: z.ZodType<HostDetail> = z.strictObject({
  ...hostFields,
  placed: z.array(instanceView),
}).meta({ id: "HostDetail" });

/** A label that is null is taken away. */
export const hostChange: z.ZodType<HostChange> = z.strictObject({
  labels: z.record(
    z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9._/-]{0,62})$/, "is no label's name"),
    z.string().max(253).nullable(),
  ).optional(),
  cordoned: z.boolean().optional(),
  drained: z.boolean().optional(),
}).meta({ id: "HostChange" });

export const hostAnswer: z.ZodType<HostAnswer> = z.strictObject({
  changed: z.boolean(),
  host: hostView,
  services: z.array(z.strictObject({
    ref: serviceRef,
    generation: z.number(),
    changed: z.boolean(),
    problems,
  })),
}).meta({ id: "HostAnswer" });

export const clusterStatus: z.ZodType<ClusterStatus> = z.strictObject({
  id: z.string(),
  name: z.string(),
  mode: z.enum(["system", "user"]),
  created: z.string(),
  phase: z.enum(["ready", "degraded"]),
  hosts: z.array(hostView),
  services: z.array(serviceView),
  notes: texts,
}).meta({ id: "ClusterStatus" });

export const namespaceView: z.ZodType<NamespaceView> = z.strictObject({
  name: z.string(),
  services: z.number(),
  templates: z.number(),
  profiles: z.number(),
  plugins: z.number(),
}).meta({ id: "Namespace" });

export const stateEvent: z.ZodType<StateEvent> = z.strictObject({
  id: z.string(),
  at: z.string(),
  host: z.string(),
  namespace: z.string().optional(),
  service: z.string().optional(),
  item: z.string().optional(),
  type: z.string(),
  message: z.string(),
  data: jsonObject.optional(),
}).meta({ id: "Event" });

export const explanation: z.ZodType<Explanation> = z.strictObject({
  subject: z.string(),
  phase: z.string(),
  lines: texts,
  fix: z.string().optional(),
  events: z.array(stateEvent),
}).meta({ id: "Explanation" });

export const logLine: z.ZodType<LogLine> = z.strictObject({
  instance: z.string(),
  stream: z.enum(["stdout", "stderr"]),
  text: z.string(),
}).meta({ id: "LogLine" });

export const packageKind = z.enum(["template", "profile", "plugin"]);

const packageFields = {
  namespace: z.string(),
  kind: packageKind,
  name: z.string(),
  digest: z.string(),
};

export const registerAnswer: z.ZodType<RegisterAnswer> = z.strictObject({
  package: z.strictObject(packageFields),
  changed: z.boolean(),
  problems,
  reach: texts.optional(),
}).meta({ id: "RegisterAnswer" });

const packageViewFields = {
  ...packageFields,
  registered: z.string(),
  description: z.string().optional(),
  usedBy: texts,
};

export const packageView: z.ZodType<PackageView> = z.strictObject(packageViewFields)
  .meta({ id: "Package" });

export const packageDetail: z.ZodType<PackageDetail> = z.strictObject({
  ...packageViewFields,
  files: z.array(z.strictObject({ path: z.string(), sizeBytes: z.number() })),
  facts: jsonObject,
}).meta({ id: "PackageDetail" });

export const doctorFinding: z.ZodType<DoctorFinding> = z.strictObject({
  check: z.string(),
  status: z.enum(["ok", "warning", "failed", "skipped"]),
  message: z.string(),
  fix: z.string().optional(),
}).meta({ id: "DoctorFinding" });

export const outputs = jsonObject;

const packageRef = z.strictObject(packageFields);

export const hostPlanRequest: z.ZodType<HostPlanRequest> = z.strictObject({
  ref: serviceRef,
  clout: json,
  instances: z.array(instance),
  plugins: z.record(z.string(), z.string()),
  template: packageRef,
  artifacts: z.record(z.string(), z.string()),
  isFresh: z.boolean().optional(),
});
