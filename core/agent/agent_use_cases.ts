import {
  commonNamespace,
  didYouMean,
  fail,
  formatServiceRef,
  type JsonObject,
  ProblemError,
  type ServiceRef,
} from "../base/mod.ts";
import type { ItemResponse } from "../plugin/mod.ts";
import type { PackageRef, StateEvent } from "../store/mod.ts";
import type { AgentContext } from "./agent_context.ts";
import type { AgentPorts } from "./agent_ports.ts";
import type { Deployer } from "./deploy/deployer.ts";
import { examine } from "./show/doctor.ts";
import { findElsewhere, hasSomethingHere } from "./hosts/elsewhere.ts";
import { explain, explainRefusal, findSubject, type Subject } from "./show/explain.ts";
import { HostDesk } from "./fleet/mod.ts";
import { follow } from "./show/follow.ts";
import { readHistory } from "./deploy/history.ts";
import type { Isolation } from "./hosts/isolation.ts";
import { evaluateOutputs } from "./show/outputs.ts";
import { checkFilters } from "./items/run_time_filters.ts";
import { PackageDesk } from "./packages/package_desk.ts";
import { renderScript } from "./deploy/script.ts";
import { ServiceList } from "./show/service_list.ts";
import { readServiceStates, requireService, type ServiceState } from "./service_state.ts";
import { currentScene } from "./items/current_scene.ts";
import type {
  AgentStatus,
  AttachCommand,
  ClusterStatus,
  ConnectionView,
  DeployAnswer,
  DeployRequest,
  DoctorFinding,
  EventFilter,
  Explanation,
  GenerationView,
  HostAnswer,
  HostChange,
  HostDetail,
  HostView,
  InstanceView,
  LogOptions,
  NamespaceView,
  PackageDetail,
  PackageView,
  PlanView,
  Progress,
  ReachOptions,
  RegisterAnswer,
  RegisterOptions,
  RollbackOptions,
  SavedPlan,
  ServiceDetail,
  ServiceView,
  Upload,
  UseCases,
} from "./use_cases.ts";
import type { TrustDesk, TrustUseCases } from "./trust/mod.ts";
import { viewConnections, viewInstances, viewService } from "./show/views.ts";
import { watchEvents } from "./show/watch_events.ts";

const eventsDefault = 100;

/** How many events an explanation shows. */
const eventsShown = 10;

type Filter = { readonly namespace?: string; readonly service?: string };
type Kind = PackageRef["kind"];

/** The use cases of one agent: each reads the state anew, or hands over to the part that does the work. */
export class AgentUseCases implements UseCases {
  readonly #context: AgentContext;
  readonly #deployer: Deployer;
  readonly #isolation: Isolation;
  readonly #ports: AgentPorts;
  readonly #desk: PackageDesk;
  readonly #hostDesk: HostDesk;
  readonly #services: ServiceList;

  constructor(
    context: AgentContext,
    deployer: Deployer,
    isolation: Isolation,
    ports: AgentPorts,
    readonly trust: TrustUseCases & Pick<TrustDesk, "evict">,
  ) {
    this.#context = context;
    this.#deployer = deployer;
    this.#isolation = isolation;
    this.#ports = ports;
    this.#desk = new PackageDesk(context, ports.pluginRuntime);
    this.#services = new ServiceList(context.store, context.membership);
    this.#hostDesk = new HostDesk({
      context,
      deployer,
      hosts: () => this.hosts(),
      services: () => this.services(),
      evict: (host) => trust.evict(host),
    });
  }

  /** Answers from what the agent knows by itself, so that it answers while the shared state does not. */
  async status(): Promise<AgentStatus> {
    const { options, host, cluster, catalog } = this.#context;
    const isolated = this.#isolation.problem;
    const plugins = isolated ? [] : (await catalog.current(commonNamespace)).all;
    return {
      version: options.version,
      host,
      cluster: { id: cluster.id, name: cluster.name, mode: cluster.mode },
      state: options.state,
      systemd: options.systemd,
      ...(isolated && { isolated }),
      plugins: plugins.map(({ manifest: { name, version }, digest }) => ({
        name,
        version,
        digest,
      })),
    };
  }

  plan(request: DeployRequest): Promise<PlanView> {
    return this.#guard(() => this.#deployer.plan(request));
  }

  deploy(request: DeployRequest & { readonly plan?: SavedPlan }): Promise<DeployAnswer> {
    return this.#guard(() => this.#deployer.deploy(request));
  }

  delete(ref: ServiceRef, options: { readonly forget?: readonly string[] }): Promise<DeployAnswer> {
    return this.#guard(() => this.#deployer.delete(ref, options));
  }

  history(ref: ServiceRef): Promise<GenerationView[]> {
    return this.#guard(() => readHistory(this.#context.store, ref));
  }

  rollback(ref: ServiceRef, options: RollbackOptions): Promise<DeployAnswer> {
    return this.#guard(() => this.#deployer.rollBackTo(ref, options));
  }

  restart(ref: ServiceRef, instances: readonly string[]): Promise<DeployAnswer> {
    return this.#guard(() => this.#deployer.restart(ref, instances));
  }

  follow(ref: ServiceRef, generation: number, signal: AbortSignal): AsyncIterable<Progress> {
    return follow(this.#context, ref, generation, signal);
  }

  async script(request: DeployRequest): Promise<{ readonly script: string }> {
    const { hosts, problems } = await this.#guard(() => this.#deployer.planFresh(request));
    const broken = problems.find((each) => each.severity === "error");
    if (broken) throw new ProblemError(broken);
    return { script: renderScript(hosts) };
  }

  services(namespace?: string): Promise<ServiceView[]> {
    return this.#guard(() => this.#services.views(namespace));
  }

  service(ref: ServiceRef): Promise<ServiceDetail> {
    return this.#guard(async () => {
      const { store } = this.#context;
      const state = await requireService(store, ref, this.#context.membership);
      const history: { generation: number; at: string; by: string }[] = [];
      for (const generation of await store.asked(ref).history()) {
        const document = await store.asked(ref).at(generation);
        if (document) history.push({ generation, ...document.spec.asked });
      }
      const { outputs, problems } = await this.#outputs(state);
      return {
        ...viewService(state),
        inputs: state.asked?.spec.inputs ?? {},
        outputs,
        instances: await this.#instances(state),
        connections: viewConnections(state),
        history,
        problems,
      };
    });
  }

  outputs(ref: ServiceRef): Promise<JsonObject> {
    return this.#guard(async () =>
      (await this.#outputs(
        await requireService(this.#context.store, ref, this.#context.membership),
      )).outputs
    );
  }

  why(name: string, namespace: string): Promise<Explanation> {
    return this.#guard(async () => {
      const states = await this.#states({ namespace });
      const placeless = await this.#explainPlaceless(name, states);
      if (placeless) return placeless;
      const subject = findSubject(name, states);
      const { ref } = subject.state;
      const item = subject.kind === "instance" ? subject.instance.id : undefined;
      const events = await this.#context.store.events.read({ ref, item, limit: eventsShown });
      const isToMove = subject.kind === "service" || await this.#isToMove(subject);
      return explain(subject, events, isToMove ? await this.#deployer.refusals(ref) : []);
    });
  }

  /** Whether an instance is on a host that does not live, or that is to be free of it. */
  async #isToMove({ state, instance: { host } }: Subject & { kind: "instance" }): Promise<boolean> {
    if (state.away.has(host)) return true;
    return (await this.#context.store.wanted(host).latest())?.spec.drained ?? false;
  }

  /** Explains why an instance that is wanted is nowhere; nothing where the name is not that of one. */
  async #explainPlaceless(
    name: string,
    states: readonly ServiceState[],
  ): Promise<Explanation | undefined> {
    const [service, id] = name.includes("/") ? name.split("/") : [undefined, name];
    if (!/-\d+$/.test(id) || states.some((each) => each.ref.service === name)) return undefined;
    const within = states.filter(({ ref }) => service === undefined || ref.service === service);
    const isPlaced = within.some(({ instances }) => instances.some((each) => each.id === id));
    if (isPlaced) return undefined;
    for (const { ref } of within) {
      const refused = (await this.#deployer.refusals(ref)).find(({ what }) =>
        what.includes(`"${id}"`)
      );
      if (refused) return explainRefusal(ref, id, refused);
    }
    return undefined;
  }

  instances(filter: Filter): Promise<InstanceView[]> {
    return this.#guard(async () => {
      const views: InstanceView[] = [];
      for (const state of await this.#namedStates(filter)) {
        views.push(...await this.#instances(state));
      }
      return views;
    });
  }

  connections(filter: Filter): Promise<ConnectionView[]> {
    return this.#guard(async () => (await this.#namedStates(filter)).flatMap(viewConnections));
  }

  hosts(): Promise<HostView[]> {
    return this.#guard(async () => {
      const { store } = this.#context;
      const states = await this.#states({});
      const views: HostView[] = [];
      for (const id of await store.hosts()) {
        const spec = await store.host(id).read();
        if (spec === undefined) continue;
        const claims = await store.claims(id).list();
        const wanted = (await store.wanted(id).latest())?.spec;
        views.push({
          ...spec,
          liveness: this.#context.membership.liveness(id),
          instances: states.flatMap(({ instances }) => instances)
            .filter((each) => each.host === id && each.want !== "absent").length,
          claims: claims.map(({ kind, key, holder }) => ({
            claim: `${kind}/${key}`,
            holder: `${formatServiceRef(holder)}/${holder.instance}`,
          })),
          labels: wanted?.labels ?? {},
          cordoned: wanted?.cordoned ?? false,
          drained: wanted?.drained ?? false,
          ...(wanted?.lost && { lost: true }),
        });
      }
      return views;
    });
  }

  host(host: string): Promise<HostDetail> {
    return this.#guard(() => this.#hostDesk.show(host));
  }

  changeHost(host: string, change: HostChange): Promise<HostAnswer> {
    return this.#guard(() => this.#hostDesk.change(host, change));
  }

  loseHost(host: string): Promise<HostAnswer> {
    return this.#guard(() => this.#hostDesk.lose(host));
  }

  removeHost(host: string): Promise<void> {
    return this.#guard(() => this.#hostDesk.remove(host));
  }

  cluster(): Promise<ClusterStatus> {
    return this.#guard(() => this.#hostDesk.cluster());
  }

  namespaces(): Promise<NamespaceView[]> {
    return this.#guard(async () => {
      const { store } = this.#context;
      const views: NamespaceView[] = [];
      for (const name of await store.namespaces()) {
        const count = async (kind: Kind) =>
          new Set((await store.packages.list(name, kind)).map((each) => each.name)).size;
        views.push({
          name,
          services: (await store.services(name)).length,
          templates: await count("template"),
          profiles: await count("profile"),
          plugins: await count("plugin"),
        });
      }
      return views;
    });
  }

  events(filter: EventFilter): Promise<StateEvent[]> {
    return this.#guard(async () => {
      const { ref, item, after, limit = eventsDefault } = filter;
      const found = (await this.#context.store.events.read({ ref, item, after, limit }))
        .filter((each) => isWanted(each, filter));
      // One that is gone still has its events; a name that was mistyped has nothing.
      if (ref && found.length === 0 && after === undefined) await this.#namedStates(ref);
      return found;
    });
  }

  /** Yields the events of all hosts as they happen; what was before is read with `events`. */
  watchEvents(filter: EventFilter, signal: AbortSignal): AsyncIterable<StateEvent> {
    return watchEvents(this.#context, (event) => isWanted(event, filter), signal);
  }

  logs(
    ref: ServiceRef,
    instance: string | undefined,
    { here, ...options }: LogOptions,
  ): Promise<AttachCommand[]> {
    return this.#guard(async () => {
      const far = here ? [] : await findElsewhere(this.#context, ref, instance, { logs: options });
      const isFarAlone = far.length > 0 &&
        (instance !== undefined || !await hasSomethingHere(this.#context, ref));
      if (isFarAlone) return far;
      return [...await this.#interact(ref, instance, "logs", { ...options }), ...far];
    });
  }

  async exec(
    ref: ServiceRef,
    instance: string,
    argv: readonly string[],
    { here }: ReachOptions = {},
  ): Promise<AttachCommand> {
    const [command] = await this.#guard(async () => {
      const far = here ? [] : await findElsewhere(this.#context, ref, instance, { exec: argv });
      return far.length > 0 ? far : await this.#interact(ref, instance, "interact", { argv });
    });
    return command;
  }

  register(kind: Kind, upload: Upload, where: RegisterOptions): Promise<RegisterAnswer> {
    return this.#guard(() => this.#desk.register(kind, upload, where));
  }

  packages(kind: Kind, namespace?: string): Promise<PackageView[]> {
    return this.#guard(() => this.#desk.list(kind, namespace));
  }

  package(kind: Kind, name: string, namespace: string): Promise<PackageDetail> {
    return this.#guard(() => this.#desk.show(kind, name, namespace));
  }

  removePackage(kind: Kind, name: string, namespace: string): Promise<void> {
    return this.#guard(() => this.#desk.remove(kind, name, namespace));
  }

  doctor(): Promise<DoctorFinding[]> {
    return examine(this.#context, this.#isolation, this.#ports);
  }

  /** Does something with the shared state: refused at once while it is known not to answer. */
  async #guard<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isolation.problem) throw new ProblemError(this.#isolation.problem);
    try {
      return await work();
    } catch (error) {
      if (error instanceof ProblemError) this.#isolation.consider(error.problem);
      throw error;
    }
  }

  async #states({ namespace, service }: Filter): Promise<ServiceState[]> {
    const { store } = this.#context;
    const refs = await store.services(namespace);
    return readServiceStates(
      store,
      service === undefined ? refs : refs.filter((ref) => ref.service === service),
      this.#context.membership,
    );
  }

  /** Reads services; one that is asked for by name has to be there. */
  async #namedStates(filter: Filter): Promise<ServiceState[]> {
    const states = await this.#states(filter);
    const { namespace, service } = filter;
    if (service === undefined || states.length > 0) return states;
    const all = (await this.#context.store.services(namespace)).map((ref) => ref.service);
    const among = namespace === undefined ? "" : ` in namespace "${namespace}"`;
    fail("AGENT_SERVICE_UNKNOWN", {
      what: `There is no service "${service}"${among}`,
      fix: didYouMean(service, all) ?? `See "khutulun service list"`,
    });
  }

  async #instances(state: ServiceState): Promise<InstanceView[]> {
    const { own, host } = this.#context;
    const ledger = await own.ledger.of(state.ref);
    return viewInstances(state, (at, item) => at === host ? ledger.get(item) ?? [] : []);
  }

  async #outputs(state: ServiceState) {
    if (state.graph === undefined) return { outputs: {}, problems: [] };
    const scene = await currentScene(this.#context, state);
    const { outputs, problems } = evaluateOutputs(scene, state);
    return { outputs, problems: [...problems, ...checkFilters(scene, state)] };
  }

  async #interact(
    ref: ServiceRef,
    instance: string | undefined,
    verb: "logs" | "interact",
    options: JsonObject,
  ): Promise<AttachCommand[]> {
    const { store, planner, host } = this.#context;
    const state = await requireService(store, ref, this.#context.membership);
    const scene = await currentScene(this.#context, state);
    const items = planner.items(scene).filter(({ item }) =>
      item.kind === "instance" && (instance === undefined || item.id === instance)
    );
    if (items.length === 0) refuseInstance(state, instance, host);
    const answers = await planner.ask(verb, scene.realisers, items, options);
    const commands = items.flatMap(({ item }) =>
      commandOf(item.id, answers.responses.get(item.id))
    );
    if (commands.length > 0) return commands;
    const [found] = answers.problems.values();
    if (found) throw new ProblemError(found);
    fail("AGENT_NOT_SUPPORTED", {
      what: verb === "logs" ? "There is no log to show" : `Cannot run a command in "${instance}"`,
      why: `Plugin "${items[0].plugin.manifest.name}" offers nothing of the kind`,
      fix: "Name an instance of a process",
    });
  }
}

function commandOf(instance: string, response: ItemResponse | undefined): AttachCommand[] {
  const command = response?.command;
  if (command === undefined) return [];
  const { argv, env = {}, cwd } = command;
  return [{ instance, argv, env, ...(cwd !== undefined && { cwd }) }];
}

function refuseInstance(state: ServiceState, instance: string | undefined, host: string): never {
  const service = formatServiceRef(state.ref);
  const ids = state.instances.map((each) => each.id);
  const elsewhere = state.instances.find((each) => each.id === instance && each.host !== host);
  fail("AGENT_INSTANCE_UNKNOWN", {
    what: instance === undefined
      ? `Service "${service}" has no instances on host "${host}"`
      : `Service "${service}" has no instance "${instance}"${
        elsewhere ? ` on host "${host}"` : ""
      }`,
    ...(elsewhere && { why: `It is on host "${elsewhere.host}"` }),
    fix: didYouMean(instance ?? "", ids) ??
      (ids.length > 0 ? `Name one of: ${ids.join(", ")}` : "Deploy the service first"),
  });
}

function isWanted(event: StateEvent, { ref, namespace, item }: EventFilter): boolean {
  if (ref && (event.namespace !== ref.namespace || event.service !== ref.service)) return false;
  if (namespace !== undefined && event.namespace !== namespace) return false;
  return item === undefined || event.item === item;
}
