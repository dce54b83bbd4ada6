import type { Json, JsonObject, Problem, ServiceRef } from "../base/mod.ts";
import type { HostPlan, ServicePlan } from "../plan/mod.ts";
import type { PeerAddress } from "./hosts/peers.ts";
import type { HostSpec, PackageRef, StateEvent, UpdateSpec } from "../store/mod.ts";
import type { TrustUseCases } from "./trust/trust_use_cases.ts";

/**
 * What an agent does for people: the API calls these and nothing else.
 *
 * Every failure is a thrown `ProblemError`, or problems inside the answer where several can come at once.
 */
export interface UseCases {
  status(): Promise<AgentStatus>;

  plan(request: DeployRequest): Promise<PlanView>;
  /** Writes the new generation and returns; `follow` tells how it goes. */
  deploy(request: DeployRequest & { readonly plan?: SavedPlan }): Promise<DeployAnswer>;
  delete(ref: ServiceRef, options: { readonly forget?: readonly string[] }): Promise<DeployAnswer>;
  /** Progress of a generation until it is settled (all ready, or all gone) or has failed; ends then. */
  follow(ref: ServiceRef, generation: number, signal: AbortSignal): AsyncIterable<Progress>;
  /** The host plans of a fresh deploy, for `service script`. */
  script(request: DeployRequest): Promise<{ readonly script: string }>;

  /** Starts instances anew, all of the service's where none is named, one of a node at a time. */
  restart(ref: ServiceRef, instances: readonly string[]): Promise<DeployAnswer>;

  /** What was asked for a service as far back as it is kept, oldest first. */
  history(ref: ServiceRef): Promise<GenerationView[]>;
  /** Asks again what was asked in an earlier generation, with the plugins of then, as a new generation. */
  rollback(ref: ServiceRef, options: RollbackOptions): Promise<DeployAnswer>;

  services(namespace?: string): Promise<ServiceView[]>;
  service(ref: ServiceRef): Promise<ServiceDetail>;
  outputs(ref: ServiceRef): Promise<JsonObject>;
  why(name: string, namespace: string): Promise<Explanation>;

  instances(
    filter: { readonly namespace?: string; readonly service?: string },
  ): Promise<InstanceView[]>;
  connections(
    filter: { readonly namespace?: string; readonly service?: string },
  ): Promise<ConnectionView[]>;
  hosts(): Promise<HostView[]>;
  /** By id or name. */
  host(host: string): Promise<HostDetail>;
  /** Labels, cordons or drains a host. A drained host is cordoned too, and what is on it is placed elsewhere at once. */
  changeHost(host: string, change: HostChange): Promise<HostAnswer>;
  /** Gives up a host that does not live: its claims are freed, and what was on it is placed elsewhere. */
  loseHost(host: string): Promise<HostAnswer>;
  /** Removes what is kept of a host that does not live and on which nothing is placed. */
  removeHost(host: string): Promise<void>;
  cluster(): Promise<ClusterStatus>;
  namespaces(): Promise<NamespaceView[]>;
  events(filter: EventFilter): Promise<StateEvent[]>;
  watchEvents(filter: EventFilter, signal: AbortSignal): AsyncIterable<StateEvent>;

  /** The command that shows an instance's log, or runs inside it; the API attaches it. */
  logs(
    ref: ServiceRef,
    instance: string | undefined,
    options: LogOptions,
  ): Promise<AttachCommand[]>;
  exec(
    ref: ServiceRef,
    instance: string,
    argv: readonly string[],
    options?: ReachOptions,
  ): Promise<AttachCommand>;

  register(
    kind: PackageRef["kind"],
    upload: Upload,
    where: RegisterOptions,
  ): Promise<RegisterAnswer>;
  packages(kind: PackageRef["kind"], namespace?: string): Promise<PackageView[]>;
  package(kind: PackageRef["kind"], name: string, namespace: string): Promise<PackageDetail>;
  removePackage(kind: PackageRef["kind"], name: string, namespace: string): Promise<void>;

  doctor(): Promise<DoctorFinding[]>;

  /** Who may speak in the cluster. */
  readonly trust: TrustUseCases;
}

export interface AgentStatus {
  readonly version: string;
  readonly host: string;
  readonly cluster: {
    readonly id: string;
    readonly name: string;
    readonly mode: "system" | "user";
  };
  readonly state: string;
  readonly systemd: "system" | "user" | "none";
  /** Said when the shared state does not answer. */
  readonly isolated?: Problem;
  readonly plugins: readonly {
    readonly name: string;
    readonly version: string;
    readonly digest: string;
  }[];
}

/** Files of a template, profile or plugin, as the CLI read them: an agent cannot read a person's folders. */
export interface Upload {
  /** Path inside the package → base64 of the bytes. */
  readonly files: Readonly<
    Record<string, { readonly base64: string; readonly executable: boolean }>
  >;
  /** The template file to start from; found by itself where there is one only. */
  readonly entry?: string;
}

export interface DeployRequest {
  readonly ref: ServiceRef;
  /** A registered template, an upload, or neither for "the same template again". */
  readonly template?: { readonly name: string } | { readonly upload: Upload };
  /** Input texts as given (`--input name=value` is parsed as YAML by TOSCA's rules for the input's type). */
  readonly inputs?: Readonly<Record<string, Json>>;
  /** How many instances there are to be, in place of what the template says, by node template. */
  readonly scale?: Readonly<Record<string, number>>;
  /**
   * Set where a service that is there is to be updated, its instances in turn: earlier inputs and counts stay where no others
   * are given. What is in it takes the place of what the template's Update policies say.
   */
  readonly update?: Partial<UpdateSpec>;
}

/** A plan as it is shown, and as `--plan FILE` takes it back. */
export interface PlanView {
  readonly service: ServicePlan;
  readonly hosts: readonly HostPlan[];
  readonly problems: readonly Problem[];
  /** Refused when it is not the same on deploy. */
  readonly saved: SavedPlan;
}

export interface SavedPlan {
  readonly ref: ServiceRef;
  readonly baseGeneration: number;
  /** The request that the plan was made from, upload included. */
  readonly request: DeployRequest;
  /** Digest over instances, claims and steps. */
  readonly digest: string;
}

export interface DeployAnswer {
  readonly generation: number;
  /** False where there is nothing to do. */
  readonly changed: boolean;
  readonly plan?: PlanView;
  readonly problems: readonly Problem[];
}

export interface RollbackOptions {
  /** The newest that is another than what is asked now where absent. */
  readonly to?: number;
  /** Only answers the plan. */
  readonly dryRun?: boolean;
}

/** One generation of what was asked for a service. */
export interface GenerationView {
  readonly generation: number;
  readonly at: string;
  readonly by: string;
  readonly template: { readonly name: string; readonly digest: string };
  readonly inputs: JsonObject;
  /** What is different from the generation before, a sentence each. */
  readonly changes: readonly string[];
  /** Whether it is what the hosts make true. */
  readonly isCurrent: boolean;
  /** Set where deletion was asked. */
  readonly deleting?: boolean;
}

export interface Progress {
  readonly at: string;
  readonly kind: "step" | "phase" | "settled" | "failed";
  readonly item?: string;
  readonly message: string;
  readonly problem?: Problem;
  readonly done: number;
  readonly total: number;
}

export interface ServiceView {
  readonly ref: ServiceRef;
  readonly template: string;
  readonly generation: number;
  readonly phase: string;
  readonly ready: number;
  readonly wanted: number;
  readonly changed: string;
}

export interface ServiceDetail extends ServiceView {
  readonly inputs: JsonObject;
  readonly outputs: JsonObject;
  readonly instances: readonly InstanceView[];
  readonly connections: readonly ConnectionView[];
  readonly history: readonly {
    readonly generation: number;
    readonly at: string;
    readonly by: string;
  }[];
  readonly problems: readonly Problem[];
}

export interface InstanceView {
  readonly ref: ServiceRef;
  readonly id: string;
  readonly type: string;
  readonly host: string;
  readonly want: string;
  readonly phase: string;
  readonly why?: string;
  readonly since?: string;
  readonly plugin: string;
  readonly claims: readonly string[];
  readonly owned: readonly string[];
  readonly attributes: JsonObject;
}

export interface ConnectionView {
  readonly ref: ServiceRef;
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly target: string;
  readonly phase: string;
  readonly attributes: JsonObject;
}

export interface HostView extends HostSpec {
  readonly liveness: "alive" | "suspect" | "dead" | "left";
  readonly instances: number;
  readonly claims: readonly { readonly claim: string; readonly holder: string }[];
  readonly labels: Readonly<Record<string, string>>;
  readonly cordoned: boolean;
  readonly drained: boolean;
  readonly lost?: boolean;
}

export interface HostDetail extends HostView {
  /** What runs there, or is to run or to go. */
  readonly placed: readonly InstanceView[];
}

/** What is to be different about a host; what is absent stays. A label that is null is taken away. */
export interface HostChange {
  readonly labels?: Readonly<Record<string, string | null>>;
  readonly cordoned?: boolean;
  readonly drained?: boolean;
}

export interface HostAnswer {
  readonly changed: boolean;
  readonly host: HostView;
  /** The services that were placed anew because of it. */
  readonly services: readonly {
    readonly ref: ServiceRef;
    readonly generation: number;
    readonly changed: boolean;
    readonly problems: readonly Problem[];
  }[];
}

/** The cluster as a whole. */
export interface ClusterStatus {
  readonly id: string;
  readonly name: string;
  readonly mode: "system" | "user";
  readonly created: string;
  /** Degraded where a host or a service is not as it should be. */
  readonly phase: "ready" | "degraded";
  readonly hosts: readonly HostView[];
  readonly services: readonly ServiceView[];
  /** What is not as it should be, in sentences. */
  readonly notes: readonly string[];
}

export interface NamespaceView {
  readonly name: string;
  readonly services: number;
  readonly templates: number;
  readonly profiles: number;
  readonly plugins: number;
}

export interface EventFilter {
  readonly ref?: ServiceRef;
  readonly namespace?: string;
  readonly item?: string;
  readonly limit?: number;
  readonly after?: string;
}

/** A chain from what is seen to its cause, and one fix. */
export interface Explanation {
  readonly subject: string;
  readonly phase: string;
  readonly lines: readonly string[];
  readonly fix?: string;
  readonly events: readonly StateEvent[];
}

export interface LogOptions extends ReachOptions {
  readonly lines: number;
  readonly follow: boolean;
}

export interface ReachOptions {
  /** Only of what is on this very host: another agent asks, and nobody else is to be asked in turn. */
  readonly here?: boolean;
}

export interface AttachCommand {
  readonly instance: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Set where the instance is on another host: its agent knows the command, and runs it. */
  readonly elsewhere?: AttachElsewhere;
}

/** What the agent of another host is to attach. */
export interface AttachElsewhere {
  readonly host: PeerAddress;
  readonly ref: ServiceRef;
  readonly instance: string;
  readonly show: { readonly logs: LogOptions } | { readonly exec: readonly string[] };
}

export interface RegisterOptions {
  readonly namespace: string;
  readonly name?: string;
}

export interface RegisterAnswer {
  readonly package: PackageRef;
  readonly changed: boolean;
  readonly problems: readonly Problem[];
  /** What a plugin may do beyond what it might before: commands, paths, plugins, hosts. */
  readonly reach?: readonly string[];
}

export interface PackageView extends PackageRef {
  readonly registered: string;
  readonly description?: string;
  readonly usedBy: readonly string[];
}

export interface PackageDetail extends PackageView {
  readonly files: readonly { readonly path: string; readonly sizeBytes: number }[];
  readonly facts: JsonObject;
}

export interface DoctorFinding {
  readonly check: string;
  readonly status: "ok" | "warning" | "failed" | "skipped";
  readonly message: string;
  readonly fix?: string;
}
