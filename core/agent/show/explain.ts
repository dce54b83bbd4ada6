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
  isAsWanted,
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
    return { ...explained, ...withRefusals(explained, refused) };
  }
  const { state, instance } = subject;
  const wiring = state.graph ? wire(state.graph.spec.clout, state.instances) : emptyWiring;
  const chain = causes(state, wiring, instance);
  const lines = [...chain.lines, ...additions(state, instance)];
  const own = refused.filter(({ what }) => what.includes(`"${instance.id}"`));
  return {
    subject: `${formatServiceRef(state.ref)}/${instance.id}`,
    phase: phaseOf(state, instance),
    ...withRefusals({ ...chain, lines }, own),
    events,
  };
}

/** Adds why no host takes what is nowhere, or what is to move. What failed by itself is mended first; a place mends the rest. */
function withRefusals(
  { lines, fix }: { readonly lines: readonly string[]; readonly fix?: string },
  refused: readonly Problem[],
): Pick<Explanation, "lines" | "fix"> {
  const isLost = lines.some((line) => / is lost: /.test(line));
  const first = isLost ? refused[0]?.fix ?? fix : fix ?? refused[0]?.fix;
  return {
    lines: [...lines, ...refused.map(sentenceOf)],
    ...(first !== undefined && { fix: first }),
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
    const why = seenThere(state, at)?.why;
    const { line, fix } = tell(state, at, phase, why);
    lines.push(line);
    if (isAsWanted(state, at)) return { lines };
    const behind: Instance | undefined = phase === "failed"
      ? undefined
      : at.want === "absent"
      ? successorOf(state, at)
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

/** Returns the copy that an instance serves for until it is ready, while it is not. */
function successorOf(
  state: ServiceState,
  { id, epoch, handsOver }: Instance,
): Instance | undefined {
  if (!handsOver || state.asked?.spec.deleting) return undefined;
  const next = state.instances.find((each) => each.id === id && isWanted({ instance: each }));
  return next && next.epoch > epoch && !isAsWanted(state, next) ? next : undefined;
}

/** Returns what an instance's own host has seen of it: of another copy, another host tells. */
function seenThere({ observed }: ServiceState, { id, host, epoch }: Instance) {
  return observed.get(host)?.items.find((each) => each.id === id && each.epoch >= epoch);
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
      fix: removalFix(state, instance, phase),
    };
  }
  if (phase === "lost") {
    return {
      line: `${id} is lost: host "${host}" does not live any more`,
      fix: `Bring host "${host}" back, or add a host that takes it`,
    };
  }
  return { line: lineOf(state, instance, phase, why), fix: fixOf(state, instance, phase, why) };
}

/** A host that lives removes what is to go by itself: only in a deletion, and only of one that does not, may it be forgotten. */
function removalFix(state: ServiceState, { host }: Instance, phase: string): string {
  if (state.away.has(host)) {
    const service = formatServiceRef(state.ref);
    return `If host "${host}" does not come back: khutulun service delete ${service} --forget ${host}`;
  }
  if (phase === "failed") return "Mend what is said above; the agent tries again by itself";
  return `Wait: host "${host}" removes it by itself; if it stays, look whether its agent runs`;
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
  const since = phase === "starting" ? seenThere(state, instance)?.since : undefined;
  return `${id} is ${phase}${since === undefined ? "" : ` since ${since}`}${because(why)}`;
}

function because(why: string | undefined): string {
  return why === undefined ? "" : `: ${why}`;
}

function fixOf(
  state: ServiceState,
  instance: Instance,
  phase: string,
  why: string | undefined,
): string {
  const { id, host } = instance;
  const service = formatServiceRef(state.ref);
  if (phase === "pending" && why === undefined) {
    return `Wait a moment; if it stays, look whether the agent runs on host "${host}"`;
  }
  if (whyOutdated(state, instance) !== undefined) {
    return `Wait for its turn; what holds the others up: khutulun why ${service}`;
  }
  const silent = /it is exclusive, and host/.test(why ?? "") &&
    state.instances.find((each) =>
      each.id === id && each.want === "absent" && state.away.has(each.host)
    );
  if (silent) {
    return `Wait; or make sure that host "${silent.host}" is off, then: ` +
      `khutulun host lost ${silent.host} --confirm`;
  }
  // What only waits for something else is neither mended nor helped by another deploy.
  if (phase === "pending") return "Wait: it goes on by itself as soon as that is so";
  if (/is not started again/.test(why ?? "")) {
    return `Mend what its log says, then: khutulun service restart ${service} ${id}`;
  }
  if (/is not on the host/.test(why ?? "")) return `Install the command on host "${host}"`;
  if (/health check/.test(why ?? "")) {
    return `Look at what ${id} says: khutulun service logs ${service} ${id}`;
  }
  return "Mend what is said above: the agent tries again by itself, and a template that has changed " +
    "is to be deployed";
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
