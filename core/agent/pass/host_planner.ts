import { type JsonObject, type Problem, problem, sameJson, toProblem } from "../../base/mod.ts";
import { arrangeHostPlan, type HostPlan, type Step, type Wait } from "../../plan/mod.ts";
import type { HostFacts, Item, ItemResponse, Verb } from "../../plugin/mod.ts";
import type { Invoker } from "../packages/invoker.ts";
import { buildItems, type BuiltItem, type Scene } from "../items/items.ts";
import type { RecentAnswers } from "../deploy/recent_answers.ts";
import type { PinnedPlugin, Realisers } from "../items/realisers.ts";

/** How many times attributes are passed on from one item to the next before that is taken for a circle. */
const foreseeRoundsMax = 16;

/** Up to how many items of a failed call are asked again one by one, so that one bad item does not hold back the rest. */
const singlesMax = 256;

/** What plugins answered for a set of items. */
export interface Answers {
  readonly responses: ReadonlyMap<string, ItemResponse>;
  readonly steps: readonly Step[];
  /** By item: the plugin could not answer for it. */
  readonly problems: ReadonlyMap<string, Problem>;
}

/**
 * Asks plugins what they would do on one host, and makes a host plan of it. It changes nothing: the same questions are
 * asked to print a plan and to carry it out.
 */
export class HostPlanner {
  readonly #invoker: Invoker;
  readonly #host: HostFacts;
  readonly #recent: RecentAnswers | undefined;

  constructor(invoker: Invoker, host: HostFacts, recent?: RecentAnswers) {
    this.#invoker = invoker;
    this.#host = host;
    this.#recent = recent;
  }

  get host(): HostFacts {
    return this.#host;
  }

  /** Returns the items of a scene on this host. */
  items(scene: Scene): readonly BuiltItem[] {
    return buildItems(scene, this.#host);
  }

  /**
   * Returns the scene with the attributes that follow from placements and claims alone (verb `place`), each passed on to
   * the items that wait for it until nothing new is learnt. What was observed is kept where it says the same thing.
   */
  async foresee(scene: Scene): Promise<{ scene: Scene; answers: Answers }> {
    const asked = new Map<string, Item>();
    const responses = new Map<string, ItemResponse>();
    const problems = new Map<string, Problem>();
    for (let round = 0; round < foreseeRoundsMax; round++) {
      const items = buildItems(scene, this.#host).filter(({ item }) => item.want !== "absent");
      const news = items.filter(({ item }) => {
        const isNews = !sameJson(asked.get(item.id), item);
        if (isNews) asked.set(item.id, item);
        return isNews;
      });
      if (news.length === 0) break;
      const answers = await this.#askAnew("place", scene, news, { keeps: true, takes: true });
      const attributes = new Map(scene.attributes);
      for (const [id, response] of answers.responses) {
        responses.set(id, response);
        attributes.set(id, { ...attributes.get(id), ...response.attributes });
      }
      for (const [id, each] of answers.problems) problems.set(id, each);
      scene = { ...scene, attributes };
    }
    return { scene, answers: { responses, steps: [], problems } };
  }

  /**
   * Returns the steps that make the host as the scene wants it. Items in `held` are left as they are. A draft keeps what it
   * hears; what carries it out takes that for its answer, where it asks the same a moment later.
   */
  async plan(
    scene: Scene,
    held: ReadonlyMap<string, string> = new Map(),
    use: { readonly keeps?: boolean; readonly takes?: boolean } = {},
  ): Promise<{
    plan: HostPlan;
    items: readonly BuiltItem[];
    answers: Answers;
  }> {
    const items = buildItems(scene, this.#host);
    const later = items.flatMap(({ item, waitsFor }) =>
      waitsFor === undefined ? [] : [{ item: item.id, why: waitsFor }]
    );
    for (const { item } of items) {
      const why = held.get(item.id);
      if (why !== undefined) later.push({ item: item.id, why });
    }
    const askable = items.filter((each) =>
      each.waitsFor === undefined && each.problem === undefined && !held.has(each.item.id)
    );
    const going = askable.filter(({ item }) => item.want === "absent");
    const staying = askable.filter(({ item }) => item.want !== "absent");
    const answers = joinAnswers(
      ...await Promise.all([
        this.#askAnew("remove", scene, going, use),
        this.#askAnew("reconcile", scene, staying, use),
      ]),
    );
    for (const [id, response] of answers.responses) {
      if (response.again !== undefined) {
        later.push({ item: id, why: response.why ?? "its plugin looks again after these steps" });
      }
    }
    const plan = arrangeHostPlan({
      host: this.#host.id,
      ref: scene.ref,
      steps: answers.steps,
      waits: waitsOf(items),
      later,
      problems: [
        ...items.flatMap((each) => obstacleProblem(each, this.#host.id)),
        ...new Set(answers.problems.values()),
      ],
    });
    return { plan, items, answers };
  }

  /** Asks what was not answered a moment ago. */
  async #askAnew(
    verb: Verb,
    { ref, realisers: { pins } }: Pick<Scene, "ref" | "realisers">,
    items: readonly BuiltItem[],
    { keeps, takes }: { readonly keeps?: boolean; readonly takes?: boolean },
  ): Promise<Answers> {
    const recent = this.#recent;
    if (recent === undefined || items.length === 0) return await this.ask(verb, { pins }, items);
    const asked = items.map(({ item, plugin }) => [plugin.manifest.name, plugin.digest, item]);
    const question = [verb, pins, asked];
    const known = takes ? recent.find(ref, question) : undefined;
    if (known) return known;
    const answers = await this.ask(verb, { pins }, items);
    const isWhole = answers.problems.size === 0;
    if (keeps && isWhole) recent.keep(ref, question, answers, { isOnce: verb !== "place" });
    return answers;
  }

  /** Asks each plugin once about all its items, in the order of the items. */
  async ask(
    verb: Verb,
    { pins }: Pick<Realisers, "pins">,
    items: readonly BuiltItem[],
    options?: JsonObject,
  ): Promise<Answers> {
    const groups = new Map<PinnedPlugin, Item[]>();
    for (const { plugin, item } of items) {
      groups.set(plugin, [...groups.get(plugin) ?? [], item]);
    }
    const seen = items[0]?.seen;
    const all = await Promise.all(
      [...groups].map(([plugin, group]) =>
        this.#askOne(plugin, { verb, pins, options, seen }, group)
      ),
    );
    return joinAnswers(...all);
  }

  async #askOne(
    plugin: PinnedPlugin,
    question: Question,
    items: readonly Item[],
  ): Promise<Answers> {
    const { verb, pins, options, seen } = question;
    try {
      const { response, steps } = await this.#invoker.call(
        { name: plugin.manifest.name, digest: plugin.digest },
        { verb, host: this.#host, items, options, round: 0 },
        { pinned: pins, ...(seen && { seen }) },
      );
      const responses = new Map(response.items.map((each) => [each.id, each]));
      return { responses, steps, problems: new Map() };
    } catch (error) {
      if (items.length > 1 && items.length <= singlesMax) {
        const all: Answers[] = [];
        for (const item of items) all.push(await this.#askOne(plugin, question, [item]));
        return joinAnswers(...all);
      }
      const found = toProblem(error, `ask plugin "${plugin.manifest.name}" to ${verb}`);
      const where = found.where ?? { host: this.#host.id, subject: items[0]?.id };
      return {
        responses: new Map(),
        steps: [],
        problems: new Map(items.map(({ id }) => [id, { ...found, where }])),
      };
    }
  }
}

interface Question {
  readonly verb: Verb;
  readonly pins: Readonly<Record<string, string>>;
  readonly options?: JsonObject;
  readonly seen?: BuiltItem["seen"];
}

/** Returns which items wait for which: starts for what an item needs, stops for what needs it and goes too, here or elsewhere. */
export function waitsOf(items: readonly BuiltItem[]): Wait[] {
  const waits: Wait[] = [];
  const stopping = new Set(
    items.filter(({ item }) => item.want !== "running").map(({ item }) => item.id),
  );
  const dependents = new Map<string, string[]>();
  for (const { item, needs } of items) {
    if (needs.length > 0 && !stopping.has(item.id)) {
      waits.push({ item: item.id, gate: "start", for: needs });
    }
    for (const need of needs) {
      if (stopping.has(item.id)) dependents.set(need, [...dependents.get(need) ?? [], item.id]);
    }
  }
  for (const { item, remoteUsers } of items) {
    const before = [...dependents.get(item.id) ?? [], ...remoteUsers];
    if (stopping.has(item.id) && before.length > 0) {
      waits.push({ item: item.id, gate: "stop", for: before });
    }
  }
  return waits;
}

function obstacleProblem(built: BuiltItem, host: string): Problem[] {
  if (built.problem === undefined) return [];
  return [problem("AGENT_VALUE_WRONG", {
    what: `Cannot make instance "${built.item.id}" from its template`,
    where: { host, subject: built.item.id },
    why: built.problem,
    fix: "Correct the template, then deploy again",
  })];
}

function joinAnswers(...all: readonly Answers[]): Answers {
  return {
    responses: new Map(all.flatMap((each) => [...each.responses])),
    steps: all.flatMap((each) => [...each.steps]),
    problems: new Map(all.flatMap((each) => [...each.problems])),
  };
}
