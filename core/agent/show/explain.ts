import {
  didYouMean,
  fail,
  formatServiceRef,
  type Problem,
  type ServiceRef,
} from "../../base/mod.ts";
import type { Instance } from "../../plan/mod.ts";
import type { StateEvent } from "../../store/mod.ts";
import {
  observedItem,
  phaseOf,
  type ServiceState,
  settlementOf,
  whyOutdated,
} from "../service_state.ts";
import { rolledBackProblem } from "../deploy/rolled_back.ts";
import type { Explanation } from "../use_cases.ts";
import { placeOf, wire, type Wiring } from "../items/wiring.ts";

/** How many causes behind one another are followed. */
const depthMax = 16;

/** What a name stands for. */
export type Subject =
  | { readonly kind: "service"; readonly state: ServiceState }
  | { readonly kind: "instance"; readonly state: ServiceState; readonly instance: Instance };

/**
 * Finds what a name means among services: a service (`shop`), an instance (`shop/web-0`, or `web-0` where only one service
 * has it), or a node (`shop/web`, which is its first instance).
 */
export function findSubject(name: string, states: readonly ServiceState[]): Subject {
  const slash = name.indexOf("/");
  const service = states.find(({ ref }) => ref.service === name);
  if (slash < 0 && service) return { kind: "service", state: service };
  const wanted = slash < 0 ? name : name.slice(slash + 1);
  const within = slash < 0
    ? states
    : states.filter(({ ref }) => ref.service === name.slice(0, slash));
  const found = within.flatMap((state) =>
    state.instances.filter((each) => each.id === wanted || nodeOf(each.id) === wanted)
      .map((instance): Subject => ({ kind: "instance", state, instance }))
  );
  const services = new Set(found.map(({ state }) => state.ref.service));
  if (services.size > 1) {
    fail("AGENT_NAME_AMBIGUOUS", {
      what: `Cannot tell which "${name}" is meant`,
      why: `Services ${[...services].map((each) => `"${each}"`).join(", ")} have one`,
      fix: `Write "${[...services][0]}/${name}"`,
    });
  }
  // What is still to go of it on another host is meant only where nothing else is.
  const [first] = found;
  if (first) return found.find((each) => each.kind === "instance" && isWanted(each)) ?? first;
  const names = states.flatMap(({ ref, instances }) => [
    ref.service,
    ...instances.map(({ id }) => `${ref.service}/${id}`),
  ]);
  fail("AGENT_INSTANCE_UNKNOWN", {
    what: `There is no service or instance "${name}"`,
    fix: didYouMean(name, names) ?? `See "khutulun service list" and "khutulun instance list"`,
  });
}

/** Explains why a service or an instance is as it is: a chain from what is seen to its cause, and one fix. */
export function explain(
  subject: Subject,
  events: readonly StateEvent[],
  /** Why instances of a service find no place. */
  refused: readonly Problem[] = [],
): Explanation {
  if (subject.kind === "service") {
    const explained = explainService(subject.state, events);
    const lines = [...explained.lines, ...refused.map(sentenceOf)];
    const fix = explained.fix ?? refused[0]?.fix;
    return { ...explained, lines, ...(fix !== undefined && { fix }) };
  }
  const { state, instance } = subject;
  const wiring = state.graph ? wire(state.graph.spec.clout, state.instances) : emptyWiring;
  const chain = causes(state, wiring, instance);
  return {
    subject: `${formatServiceRef(state.ref)}/${instance.id}`,
    phase: phaseOf(state, instance),
    lines: [...chain.lines, ...additions(state, instance)],
    ...(chain.fix !== undefined && { fix: chain.fix }),
    events,
  };
}

/** Returns what others have added to an instance: it is left alone, and may be the cause of what nothing here explains. */
function additions(state: ServiceState, { id }: Instance): string[] {
  const paths = observedItem(state, id)?.attributes.drop_ins;
  if (!Array.isArray(paths)) return [];
  return paths.map((path) => `"${path}" changes its unit, and is none of ours: it is left alone`);
}

/** Explains why an instance that is wanted is nowhere. */
export function explainRefusal(ref: ServiceRef, id: string, refused: Problem): Explanation {
  return {
    subject: `${formatServiceRef(ref)}/${id}`,
    phase: "pending",
    lines: [`${id} is wanted, and no host takes it`, sentenceOf(refused)],
    ...(refused.fix !== undefined && { fix: refused.fix }),
    events: [],
  };
}

function sentenceOf({ what, why }: Problem): string {
  return why === undefined ? what : `${what}: ${why}`;
}

function explainService(state: ServiceState, events: readonly StateEvent[]): Explanation {
  const { phase } = settlementOf(state);
  const subject = formatServiceRef(state.ref);
  const wiring = state.graph ? wire(state.graph.spec.clout, state.instances) : emptyWiring;
  const wrong = state.instances.filter((each) =>
    !isAsWanted(state, each) && !isLeftBehind(state, each)
  );
  const { rolledBack } = state.asked?.spec ?? {};
  if (rolledBack !== undefined && wrong.length === 0) {
    const { what, why, fix } = rolledBackProblem(state.ref, rolledBack);
    return { subject, phase, lines: [what, why!, "What was there before is ready"], fix, events };
  }
  if (wrong.length === 0) {
    const line = state.asked && !state.graph
      ? `Service "${subject}" was asked for, and its deploy was cut short before anything ran`
      : `Service "${subject}" is as it should be: everything that is wanted is ready`;
    const left = state.instances.filter((each) => isLeftBehind(state, each))
      .map((each) => tell(state, each, "absent", undefined));
    const lines = [line, ...left.map((each) => each.line)];
    const fix = state.graph ? left[0]?.fix : "Deploy it again";
    return { subject, phase, lines, ...(fix && { fix }), events };
  }
  const chains = wrong.map((instance) => causes(state, wiring, instance));
  // The chain that ends with a failure says more than those that only wait.
  const failed = wrong.findIndex((each) => phaseOf(state, each) === "failed");
  const { lines, fix } = chains[Math.max(0, failed)];
  const head =
    `${wrong.length} of ${state.instances.length} instances of "${subject}" are not as wanted`;
  return { subject, phase, lines: [head, ...lines], ...(fix && { fix }), events };
}

function causes(
  state: ServiceState,
  wiring: Wiring,
  instance: Instance,
): { readonly lines: readonly string[]; readonly fix?: string } {
  const lines: string[] = [];
  let at: Instance | undefined = instance;
  for (let depth = 0; at !== undefined && depth < depthMax; depth++) {
    const phase = phaseOf(state, at);
    const why = observedItem(state, at.id)?.why;
    const { line, fix } = tell(state, at, phase, why);
    lines.push(line);
    if (isAsWanted(state, at)) return { lines };
    const behind: Instance | undefined = phase === "failed"
      ? undefined
      : awaitedBy(state, wiring, at);
    if (behind === undefined) return { lines, fix };
    at = behind;
  }
  return { lines, fix: "The requirements of these nodes form a circle: remove one of them" };
}

/** Returns what an instance needs and does not have yet. */
function awaitedBy(state: ServiceState, wiring: Wiring, at: Instance): Instance | undefined {
  const links = wiring.outgoing.get(placeOf(at)) ?? [];
  return links.find(({ target }) => !isAsWanted(state, target))?.target;
}

/** Says how an instance is, and what would mend it. */
function tell(
  state: ServiceState,
  instance: Instance,
  phase: string,
  why: string | undefined,
): { readonly line: string; readonly fix: string } {
  const { id, host, want } = instance;
  if (isLeftBehind(state, instance)) {
    return {
      line:
        `${id} was on host "${host}", which does not live: when it returns it removes that first`,
      fix: `If host "${host}" does not come back: khutulun host lost ${host} --confirm`,
    };
  }
  if (want === "absent") {
    return {
      line: `${id} is to be removed from host "${host}", which has not done so yet${because(why)}`,
      fix: `If host "${host}" does not come back: khutulun service delete … --forget ${host}`,
    };
  }
  if (phase === "lost") {
    return {
      line: `${id} is lost: host "${host}" does not live any more`,
      fix:
        `Bring host "${host}" back, or add a host that takes it: its events say why none does now`,
    };
  }
  return { line: lineOf(state, instance, phase, why), fix: fixOf(instance, phase, why) };
}

function lineOf(
  state: ServiceState,
  instance: Instance,
  phase: string,
  why: string | undefined,
): string {
  const { id, host } = instance;
  const acted = (state.observed.get(host)?.acted ?? 0) >= (state.graph?.generation ?? 0);
  if (phase === "pending" && !acted) {
    return `${id} is pending: host "${host}" has not acted on it yet`;
  }
  const outdated = whyOutdated(state, instance);
  if (outdated !== undefined) return `${id} is ${phase} as it was before: ${outdated}`;
  const since = phase === "starting" ? observedItem(state, id)?.since : undefined;
  return `${id} is ${phase}${since === undefined ? "" : ` since ${since}`}${because(why)}`;
}

function because(why: string | undefined): string {
  return why === undefined ? "" : `: ${why}`;
}

function fixOf({ id, host }: Instance, phase: string, why: string | undefined): string {
  if (phase === "pending" && why === undefined) {
    return `Wait a moment; if it stays, look whether the agent runs on host "${host}"`;
  }
  if (/is not on the host/.test(why ?? "")) return `Install the command on host "${host}"`;
  if (/health check/.test(why ?? "")) return `Look at what ${id} says: khutulun service logs`;
  return "Mend what is said above, then deploy again";
}

function isAsWanted(state: ServiceState, instance: Instance): boolean {
  if (whyOutdated(state, instance) !== undefined) return false;
  const phase = phaseOf(state, instance);
  if (instance.want === "absent") return phase === "absent";
  return phase === (instance.want === "stopped" ? "stopped" : "ready");
}

/** Whether an instance has moved away from a host that cannot remove it now: it keeps the service from nothing. */
function isLeftBehind(state: ServiceState, instance: Instance): boolean {
  return instance.want === "absent" && !state.asked?.spec.deleting &&
    state.away.has(instance.host) && !isAsWanted(state, instance);
}

function isWanted({ instance }: { readonly instance: Instance }): boolean {
  return instance.want !== "absent";
}

function nodeOf(instance: string): string {
  return instance.slice(0, instance.lastIndexOf("-"));
}

const emptyWiring: Wiring = { byId: new Map(), outgoing: new Map(), incoming: new Map() };
