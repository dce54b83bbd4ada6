import { type Clout, CloutIndex } from "../clout/mod.ts";
import { durationMs } from "./duration_ms.ts";
import { readPolicies } from "./policies.ts";

/** How the instances of one node change while the others go on. */
export interface UpdateRule {
  /** How many at a time. */
  readonly parallel: number;
  /** How long to wait between one that is ready and the next. */
  readonly pauseMs: number;
  /** Whether the service becomes again what it was where one of them fails. */
  readonly rollback: boolean;
  /** So many are to be ready at any moment. */
  readonly min: number;
}

const updateType = "org.khutulun:1.0::Update";

/** What holds where a rule is wanted and nothing is said of it. */
const usual = { parallel: 1, pauseMs: 0, rollback: true };

/**
 * Returns the rules of a graph by node template: those of its Update policies. With `given`, all of its nodes have one, and
 * what is in it wins. A node without a rule changes at once.
 */
export function readUpdateRules(
  clout: Clout,
  given?: Partial<Omit<UpdateRule, "min">>,
): ReadonlyMap<string, UpdateRule> {
  const index = new CloutIndex(clout);
  const { redundancy } = readPolicies(index);
  const rules = new Map<string, UpdateRule>();
  const set = (template: string, rule: Omit<UpdateRule, "min">) =>
    rules.set(template, { ...rule, min: redundancy.get(template)?.min ?? 0 });
  for (const policy of clout.service.policies) {
    if (!policy.types.includes(updateType)) continue;
    const { properties } = policy;
    const parallel = properties.get("parallel");
    const rule = {
      parallel: typeof parallel === "bigint" ? Math.max(1, Number(parallel)) : 1,
      pauseMs: durationMs(properties.get("pause")) ?? 0,
      rollback: properties.get("rollback") !== false,
    };
    for (const template of index.templatesOf(policy)) set(template, rule);
  }
  for (const { name } of given ? clout.vertexes.values() : []) {
    set(name, { ...usual, ...rules.get(name), ...given });
  }
  return rules;
}

/** An instance of the same node, as far as it matters for whose turn it is. */
export interface TurnPeer {
  readonly id: string;
  readonly index: number;
  /** It serves, in whichever generation. */
  readonly isReady: boolean;
  /** It is ready as the newest generation wants it, and the pause after it is over. */
  readonly isDone: boolean;
}

/**
 * Returns why an instance that serves may not change yet; nothing where it is its turn.
 *
 * Every host comes to the same answer by itself: instances change in the order of their indexes, as many at a time as the
 * rule says and the minimum allows. Those before it that are not done count as away, and so do others that are not ready.
 */
export function whyNotYet(
  id: string,
  peers: readonly TurnPeer[],
  { parallel, min }: Pick<UpdateRule, "parallel" | "min">,
): string | undefined {
  const self = peers.find((each) => each.id === id);
  if (self === undefined) return undefined;
  const away = peers.filter((each) =>
    each !== self && !each.isDone && (each.index < self.index || !each.isReady)
  );
  const allowed = Math.max(1, Math.min(parallel, peers.length - min));
  if (away.length < allowed) return undefined;
  const names = away.slice(0, 3).map((each) => each.id).join(", ");
  return `it waits for its turn: ${names} ${
    away.length === 1 ? "is" : "are"
  } not ready in the new form yet`;
}
