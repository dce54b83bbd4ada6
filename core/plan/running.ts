import { type JsonObject, type Problem, problem, stableJson } from "../base/mod.ts";
import { type Clout, hasType, type Policy } from "../clout/mod.ts";
import { durationMs } from "./duration_ms.ts";
import type { Instance } from "./instance.ts";
import { whereOf } from "./policies.ts";

/** What a Restart policy says; of what it leaves out, the node's own properties say it. */
export interface RestartRule {
  /** The policy's name. */
  readonly policy: string;
  readonly when?: string;
  readonly delayMs?: number;
  /** So many starts within `withinMs` and no more, those that a person asks for not counted; as many as it takes where absent. */
  readonly limit?: number;
  readonly withinMs: number;
}

/** What an Isolation policy says of instances whose host cannot reach the shared state. */
export interface IsolationRule {
  readonly policy: string;
  readonly onIsolation: "keep" | "stop";
}

/** How instances run once they are placed, by node template. */
export interface RunningRules {
  readonly restart: ReadonlyMap<string, RestartRule>;
  readonly isolation: ReadonlyMap<string, IsolationRule>;
  readonly problems: readonly Problem[];
}

const restartType = "org.khutulun:1.0::Restart";
const isolationType = "org.khutulun:1.0::Isolation";
const processType = "org.khutulun:1.0::Process";

/** Within which time starts are counted where a policy does not say. */
const withinDefaultMs = 5 * 60_000;

/** Reads the policies that say how instances run. A graph does not change: what was read of one is kept with it. */
export function readRunningRules(clout: Clout): RunningRules {
  let rules = known.get(clout);
  if (rules === undefined) known.set(clout, rules = new RuleReader(clout));
  return rules;
}

const known = new WeakMap<Clout, RunningRules>();

class RuleReader implements RunningRules {
  readonly restart = new Map<string, RestartRule>();
  readonly isolation = new Map<string, IsolationRule>();
  readonly problems: Problem[] = [];
  readonly #clout: Clout;

  constructor(clout: Clout) {
    this.#clout = clout;
    for (const policy of clout.service.policies) {
      if (policy.types.includes(restartType)) {
        this.#enter(policy, this.restart, restartRule(policy));
      } else if (policy.types.includes(isolationType)) {
        this.#enter(policy, this.isolation, isolationRule(policy));
      }
    }
  }

  #enter<T extends { readonly policy: string }>(
    policy: Policy,
    rules: Map<string, T>,
    rule: T | string,
  ): void {
    if (typeof rule === "string") return this.#wrong(policy, rule);
    for (const template of this.#targetsOf(policy)) {
      const other = rules.get(template);
      const why = other === undefined
        ? this.#whyNot(template, rule)
        : `policy "${other.policy}" is of the same kind, and for "${template}" as well`;
      if (why !== undefined) return this.#wrong(policy, why);
      rules.set(template, rule);
    }
  }

  #whyNot(template: string, rule: object): string | undefined {
    const vertexes = [...this.#clout.vertexes.values()].filter(({ name }) => name === template);
    if (vertexes.some((each) => !hasType(each, processType))) {
      return `"${template}" is no Process, which alone is started and stopped`;
    }
    const isKept = "onIsolation" in rule && rule.onIsolation === "keep";
    if (isKept && vertexes.some(({ properties }) => properties.get("exclusive") === true)) {
      return `"${template}" is exclusive, and is stopped by a host that is isolated`;
    }
    return undefined;
  }

  #targetsOf({ targets }: Policy): string[] {
    const { groups } = this.#clout.service;
    const names = targets.flatMap((target) =>
      groups.find((group) => group.name === target)?.members ?? [target]
    );
    return [...new Set(names)];
  }

  #wrong(policy: Policy, why: string): void {
    this.problems.push(problem("PLAN_POLICY", {
      what: `Cannot carry out policy "${policy.name}": ${why}`,
      where: whereOf(policy),
      fix: "Correct the policy in the template",
    }));
  }
}

/** Returns the rule, or why there is none. */
function restartRule({ name, properties }: Policy): RestartRule | string {
  const when = properties.get("when");
  const limit = properties.get("limit");
  const delayMs = durationMs(properties.get("delay"));
  const withinMs = durationMs(properties.get("within")) ?? withinDefaultMs;
  if (typeof when === "string" && !["always", "on-failure", "no"].includes(when)) {
    return `"when" is "${when}", not "always", "on-failure" or "no"`;
  }
  if (typeof limit === "bigint" && limit < 1n) return `"limit" is ${limit}, not at least 1`;
  if (withinMs < 1_000) return `"within" is shorter than a second`;
  return {
    policy: name,
    ...(typeof when === "string" && { when }),
    ...(delayMs !== undefined && { delayMs }),
    ...(typeof limit === "bigint" && { limit: Number(limit) }),
    withinMs,
  };
}

function isolationRule({ name, properties }: Policy): IsolationRule | string {
  const onIsolation = properties.get("on_isolation") ?? "keep";
  if (onIsolation === "keep" || onIsolation === "stop") return { policy: name, onIsolation };
  return `"on_isolation" is neither "keep" nor "stop"`;
}

/** Returns the properties of an instance that policies give it, in place of or beside its own: what its plugin carries out. */
export function ruledProperties(clout: Clout, template: string): JsonObject {
  const { restart, isolation } = readRunningRules(clout);
  const rule = restart.get(template);
  return {
    ...(rule?.when !== undefined && { restart: rule.when }),
    ...(rule?.delayMs !== undefined && { restart_delay: `${rule.delayMs / 1_000} s` }),
    ...(rule?.limit !== undefined && {
      restart_limit: rule.limit,
      restart_within: `${rule.withinMs / 1_000} s`,
    }),
    ...(isolation.get(template)?.onIsolation === "stop" && { stops_when_isolated: true }),
  };
}

/** Returns the name of the policy that has an instance stopped where its host is isolated, where there is one. */
export function stoppedByPolicy(
  clout: Clout,
  { vertex }: Pick<Instance, "vertex">,
): string | undefined {
  const rule = readRunningRules(clout).isolation.get(clout.vertexes.get(vertex)?.name ?? "");
  return rule?.onIsolation === "stop" ? rule.policy : undefined;
}

/** Says in sentences what policies say otherwise than before of how a node's instances run. */
export function describeRules(before: Clout | undefined, after: Clout, template: string): string[] {
  if (before === undefined || before === after) return [];
  const said = (clout: Clout) => ruledProperties(clout, template);
  const [old, now] = [said(before), said(after)];
  return [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .filter((key) => stableJson(old[key] ?? null) !== stableJson(now[key] ?? null))
    .map((key) => {
      const text = (value: JsonObject[string] | undefined) => value ?? "nothing";
      return `its policies change "${key}" from ${text(old[key])} to ${text(now[key])}`;
    });
}
