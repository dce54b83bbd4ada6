import {
  commonNamespace,
  fail,
  formatServiceRef,
  hasErrors,
  isDnsLabel,
  type JsonObject,
  type Outcome,
  type Problem,
  sameJson,
  type ServiceRef,
} from "../../base/mod.ts";
import { type Clout, cloutToJson, flatten } from "../../clout/mod.ts";
import {
  type HostPlan,
  type Instance,
  planService,
  requestsOf,
  type ServicePlan,
  type ServicePlanInput,
} from "../../plan/mod.ts";
import { packageDigest, type PackageRef, type ServiceSpec } from "../../store/mod.ts";
import type { AgentContext } from "../agent_context.ts";
import { takeInventory } from "./inventory.ts";
import { askNeeds } from "./placement_needs.ts";
import { askPeer } from "../hosts/ask_peer.ts";
import { planHere } from "../hosts/peer_desk.ts";
import type { HostPlanRequest } from "../hosts/peers.ts";
import type { Realisers } from "../items/realisers.ts";
import type { ArtifactIndex } from "../items/scenes.ts";
import { isRemoved, readServiceState, type ServiceState } from "../service_state.ts";
import { entryOf, type PackageFiles, readUpload } from "../packages/upload.ts";
import type { DeployRequest } from "../use_cases.ts";
import { missingSecrets } from "../trust/missing_secrets.ts";

/** A deploy that is worked out and not yet written. */
export interface Draft {
  readonly state: ServiceState;
  readonly template: PackageRef & { readonly entry: string };
  /** To be stored first, where the template came with the request. */
  readonly upload?: PackageFiles;
  readonly inputs: JsonObject;
  /** What else is asked, beside template and inputs. */
  readonly beside: Beside;
  readonly realisers: Realisers;
  readonly clout: Clout | undefined;
  readonly service: ServicePlan;
  readonly hosts: readonly HostPlan[];
  readonly problems: readonly Problem[];
}

/** The parts of what is asked that are neither template nor inputs. */
export type Beside = Pick<ServiceSpec, "scale" | "update" | "rolledBack">;

/** What is to be different about a service whose template and inputs stay. */
export interface Redraft {
  /** What is asked; as it is where absent. */
  readonly spec?: ServiceSpec;
  /** Instances to restart. */
  readonly restart?: ReadonlySet<string>;
  /** Hosts that will not return. */
  readonly forget?: readonly string[];
}

/** A template's files, and the package that they are or will be. */
export interface TemplateSource {
  readonly ref: PackageRef & { readonly entry: string };
  readonly files: PackageFiles;
  readonly upload?: PackageFiles;
}

/**
 * Works a deploy out, from the template to the steps of each host. Nothing is written.
 *
 * Problems of the template, of the placement and of the host are all in the draft; what cannot even be begun is thrown.
 */
export class Drafter {
  readonly #context: AgentContext;
  readonly #isFresh: boolean;

  /** With `isFresh`, hosts are asked as if nothing of the service were there yet. */
  constructor(context: AgentContext, options: { readonly isFresh?: boolean } = {}) {
    this.#context = context;
    this.#isFresh = options.isFresh ?? false;
  }

  async draft(request: DeployRequest): Promise<Draft> {
    const { store, catalog, language, profiles, substitutes } = this.#context;
    checkRef(request.ref);
    const state = await readServiceState(store, request.ref, this.#context.membership, "newest");
    if (request.update && state.graph === undefined) {
      fail("AGENT_SERVICE_UNKNOWN", {
        what: `Cannot update service "${formatServiceRef(request.ref)}"`,
        why: "There is no such service",
        fix: "Deploy it: khutulun service deploy",
      });
    }
    const { namespace } = request.ref;
    const [source, known, realisers] = await Promise.all([
      this.#source(request, state),
      profiles.of(namespace),
      catalog.current(namespace),
    ]);
    const inputs = inputsOf(request, state);
    const compiled = await language.compile({
      files: source.files,
      entry: source.ref.entry,
      inputs,
      profiles: known,
      substitutes: await substitutes.of(namespace, source.files),
    });
    const clout = compiled.value && flatten(compiled.value);
    const beside = besideOf(request, state);
    const parts = { state, template: source.ref, upload: source.upload, inputs, beside, realisers };
    if (clout === undefined || hasErrors(compiled.problems)) {
      return nothingDrafted(parts, compiled.problems);
    }
    const own = this.#context.scenes.indexOf(source.ref, source.files);
    const isAsBefore = asksForNothingElse(state, {
      template: source.ref,
      inputs,
      plugins: realisers.pins,
    });
    return await this.#finish(parts, clout, own, { problems: compiled.problems, isAsBefore });
  }

  /** Plans a service anew without compiling its template: the graph is there, or is made of an earlier request. */
  async redraft(state: ServiceState, change: Redraft = {}): Promise<Draft> {
    const { catalog, scenes } = this.#context;
    const spec = change.spec ?? state.asked!.spec;
    const { template, inputs, plugins } = spec;
    const realisers = await catalog.pinned(state.ref.namespace, plugins);
    const parts = { state, template, inputs, beside: besideIn(spec), realisers };
    const isAsBefore = asksForNothingElse(state, spec);
    const { value: clout, problems } = isAsBefore
      ? { value: state.graph!.spec.clout, problems: [] }
      : await this.#compile(state.ref.namespace, spec);
    if (clout === undefined || hasErrors(problems)) return nothingDrafted(parts, problems);
    const own = await scenes.artifactsOf(template);
    return await this.#finish(parts, clout, own, { ...change, problems, isAsBefore });
  }

  /** Compiles what was asked before. */
  async #compile(
    namespace: string,
    { template, inputs }: ServiceSpec,
  ): Promise<Outcome<Clout | undefined>> {
    const { store, language, profiles, substitutes } = this.#context;
    const files = await store.packages.files(withoutEntry(template));
    const { value, problems } = await language.compile({
      files,
      entry: template.entry,
      inputs,
      profiles: await profiles.of(namespace),
      substitutes: await substitutes.of(namespace, files),
    });
    return { value: value && flatten(value), problems };
  }

  /** Places a graph, and asks the hosts for their steps. */
  async #finish(
    parts: Omit<Draft, "clout" | "service" | "hosts" | "problems">,
    clout: Clout,
    own: ArtifactIndex,
    { problems: before, restart, forget, isAsBefore }: Redraft & {
      readonly problems: readonly Problem[];
      readonly isAsBefore: boolean;
    },
  ): Promise<Draft> {
    const { state, realisers, beside, template } = parts;
    const artifacts = await this.#context.scenes.withSubstitutes(own, clout);
    const { scale } = beside;
    const change = { restart, forget, scale, isAsBefore };
    const service = await this.#place(state, clout, { realisers, artifacts }, change);
    const missing = await missingSecrets(state.ref, clout, this.#context.store);
    const problems = [...before, ...missing, ...service.problems];
    const hosts = hasErrors(problems) ? [] : await this.#ask(clout, {
      ref: state.ref,
      instances: service.instances,
      plugins: realisers.pins,
      template: withoutEntry(template),
      artifacts: digestsOf(artifacts),
      isFresh: this.#isFresh,
    });
    return {
      ...parts,
      clout,
      service,
      hosts,
      problems: [...problems, ...hosts.flatMap((each) => each.problems)],
    };
  }

  /** Finds the template's files: uploaded, registered, or those of the last deploy. */
  async #source(request: DeployRequest, state: ServiceState): Promise<TemplateSource> {
    const { packages } = this.#context.store;
    const { ref, template } = request;
    if (template !== undefined && "upload" in template) {
      const upload = readUpload(template.upload);
      const where = { namespace: ref.namespace, kind: "template", name: ref.service } as const;
      const entry = entryOf(upload, template.upload.entry);
      return { ref: { ...where, digest: packageDigest(upload), entry }, files: upload, upload };
    }
    if (template === undefined) {
      const last = state.asked?.spec.template;
      if (last !== undefined) return { ref: last, files: await packages.files(withoutEntry(last)) };
      fail("AGENT_TEMPLATE_MISSING", {
        what: `Cannot deploy service "${formatServiceRef(ref)}" without a template`,
        why: "It was not deployed before",
        fix: "Name a registered template, a folder or a file",
      });
    }
    for (const namespace of new Set([ref.namespace, commonNamespace])) {
      const where = { namespace, kind: "template", name: template.name } as const;
      const found = await packages.current(where);
      if (found === undefined) continue;
      const files = await packages.files(found);
      const facts = (await packages.list(namespace, "template")).find((each) =>
        each.digest === found.digest && each.name === found.name
      )?.facts;
      const entry = entryOf(files, facts?.entry as string | undefined);
      return { ref: { ...found, entry }, files };
    }
    fail("AGENT_PACKAGE_UNKNOWN", {
      what: `There is no template "${template.name}"`,
      fix: `See "khutulun template list", or name a folder or a file`,
    });
  }

  /** Plans which instances are where; plugins say what each of them claims. */
  async #place(
    state: ServiceState,
    clout: Clout,
    { realisers, artifacts }: { readonly realisers: Realisers; readonly artifacts: ArtifactIndex },
    change: Pick<ServicePlanInput, "restart" | "forget" | "scale" | "isAsBefore">,
  ): Promise<ServicePlan> {
    const { ref, graph } = state;
    const asked = await askNeeds(this.#context, ref, clout, realisers, artifacts);
    const commands = [...asked.needs.values()].flatMap((each) => each.commands);
    const plan = planService({
      ref,
      baseGeneration: graph?.generation ?? 0,
      clout,
      ...(graph && { before: { clout: graph.spec.clout, instances: state.instances } }),
      hosts: await takeInventory(this.#context, {
        commands,
        ...(asksForResources(clout) && { requests: { except: ref } }),
      }),
      realise: (vertex, delegate) => {
        const found = delegate === undefined
          ? realisers.forNode(vertex.types)
          : realisers.named(delegate);
        return found && { plugin: found.manifest.name, digest: found.digest };
      },
      needs: asked.needs,
      removed: removals(state),
      ...change,
    });
    return { ...plan, problems: [...asked.problems, ...plan.problems] };
  }

  /** Asks for the steps that take a service away, with the plugins that it was deployed with. */
  async removalPlans(state: ServiceState, instances: readonly Instance[]): Promise<HostPlan[]> {
    const { scenes } = this.#context;
    const { plugins, template } = state.asked!.spec;
    const request = { ref: state.ref, instances, plugins, template: withoutEntry(template) };
    return await this.#ask(state.graph!.spec.clout, {
      ...request,
      artifacts: digestsOf(await scenes.artifactsOf(template)),
    });
  }

  /** Asks each host for its steps. */
  async #ask(clout: Clout, request: Omit<HostPlanRequest, "clout">): Promise<HostPlan[]> {
    const json = lazy(() => cloutToJson(clout));
    const hosts = [...new Set(request.instances.map((instance) => instance.host))];
    return await Promise.all(
      hosts.map((each) =>
        each === this.#context.host
          ? planHere(this.#context, request, clout)
          : askPeer(this.#context, each, { ...request, clout: json() })
      ),
    );
  }
}

/** Whether the same template is asked for with the same inputs and plugins as what is there: at most their number is another. */
function asksForNothingElse(
  { asked, graph }: ServiceState,
  { template, inputs, plugins }: Pick<ServiceSpec, "template" | "inputs" | "plugins">,
): boolean {
  if (asked === undefined || graph?.spec.serviceGeneration !== asked.generation) return false;
  const { spec } = asked;
  return sameJson([template, inputs, plugins], [spec.template, spec.inputs, spec.plugins]);
}

function asksForResources({ vertexes }: Clout): boolean {
  return [...vertexes.values()].some((vertex) => {
    const { cpus, memoryBytes } = requestsOf(vertex);
    return cpus > 0 || memoryBytes > 0;
  });
}

function digestsOf(artifacts: ArtifactIndex): Record<string, string> {
  return Object.fromEntries([...artifacts].map(([file, { digest }]) => [file, digest]));
}

function lazy<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => made ??= make();
}

function checkRef(ref: ServiceRef): void {
  for (const [what, name] of [["namespace", ref.namespace], ["service", ref.service]]) {
    if (isDnsLabel(name)) continue;
    fail("AGENT_NAME_INVALID", {
      what: `Cannot call a ${what} "${name}"`,
      why: "Its name becomes part of unit and file names",
      fix:
        `Use lower-case letters, digits and "-", at most 63, with a letter or digit at both ends`,
    });
  }
}

/** Inputs that are given replace all earlier ones; with "the same template again" or an update they are laid over them. */
function inputsOf(request: DeployRequest, state: ServiceState): JsonObject {
  const earlier = isLaidOver(request) ? state.asked?.spec.inputs : undefined;
  return { ...earlier, ...request.inputs };
}

function isLaidOver({ template, update }: DeployRequest): boolean {
  return template === undefined || update !== undefined;
}

/** Counts hold until another template is given; how instances change is asked each time. */
function besideOf(request: DeployRequest, state: ServiceState): Beside {
  const kept = isLaidOver(request) ? state.asked?.spec.scale : undefined;
  const scale = { ...kept, ...request.scale };
  return {
    ...(Object.keys(scale).length > 0 && { scale }),
    ...(request.update && { update: request.update }),
  };
}

function withoutEntry({ namespace, kind, name, digest }: PackageRef): PackageRef {
  return { namespace, kind, name, digest };
}

/** Returns the removals that hosts have acknowledged. */
export function removals(state: ServiceState): { id: string; epoch: number; host: string }[] {
  return state.instances.filter((each) => each.want === "absent" && isRemoved(state, each))
    .map(({ id, epoch, host }) => ({ id, epoch, host }));
}

/** Returns the parts of what is asked that are neither template nor inputs. */
export function besideIn({ scale, update, rolledBack }: ServiceSpec): Beside {
  return { ...(scale && { scale }), ...(update && { update }), ...(rolledBack && { rolledBack }) };
}

function nothingDrafted(
  parts: Omit<Draft, "clout" | "service" | "hosts" | "problems">,
  problems: readonly Problem[],
): Draft {
  return { ...parts, clout: undefined, service: emptyPlan(parts.state), hosts: [], problems };
}

function emptyPlan(state: ServiceState): ServicePlan {
  const baseGeneration = state.graph?.generation ?? 0;
  return {
    ref: state.ref,
    baseGeneration,
    instances: state.instances,
    changes: [],
    problems: [],
  };
}
