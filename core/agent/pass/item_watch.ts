import { type Problem, sameJson } from "../../base/mod.ts";
import type { ResourceId } from "../../plan/mod.ts";
import type { AgentContext } from "../agent_context.ts";
import { type CheckResult, type HealthCheck, runCheck } from "./health.ts";
import type { BuiltItem } from "../items/items.ts";
import type { Realisers } from "../items/realisers.ts";
import { lookUntilFound } from "../look_until_found.ts";
import { failedProblem, type Look, type ReadinessOptions, waitFor } from "./readiness.ts";
import { observedItem, phaseOf, readServiceState, type ServiceState } from "../service_state.ts";

/** How long an item without a health check may take to become ready, or to stop. */
const deadlineDefaultMs = 90_000;

/** How many lines of its log are shown of something that failed. */
const logLinesShown = 10;

/** How long the program's own lines are awaited of something that failed. */
const journalPatienceMs = 2_000;

/** How long what another host wrote is taken for new. */
const remoteMaxAgeMs = 1_000;

const runningPhases: ReadonlySet<string> = new Set(["starting", "ready", "degraded"]);

const activityKinds = /^(unit|process|container|pod|machine|domain):/;

/**
 * Looks at the items of one service during a pass. Those who wait for items at the same time share their looks: a hundred
 * that wait cost one call of their plugin.
 */
export class ItemWatch {
  readonly #context: AgentContext;
  readonly #checks: ReadonlyMap<string, HealthCheck>;
  readonly #realisers: Realisers;
  readonly #touched = new Map<string, number>();
  readonly #verdicts = new Map<string, CheckResult>();
  #items: ReadonlyMap<string, BuiltItem> = new Map();
  #state: ServiceState;
  #stateReadMs: number;
  /** Is told what is waited for, once that takes longer than a moment. */
  onWaiting: ReadinessOptions["waiting"];
  #next: { readonly ids: Set<string>; readonly looks: Promise<Map<string, Look>> } | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    context: AgentContext,
    state: ServiceState,
    realisers: Realisers,
    checks: ReadonlyMap<string, HealthCheck>,
  ) {
    this.#context = context;
    this.#realisers = realisers;
    this.#state = state;
    this.#stateReadMs = context.clock.monotonicMs();
    this.#checks = checks;
  }

  /** Takes the items as they are now, with the attributes that are known by now. */
  update(items: readonly BuiltItem[]): void {
    this.#items = new Map(items.map((each) => [each.item.id, each]));
  }

  /** Notes that an effect on the item has just ended. */
  touch(item: string): void {
    this.#touched.set(item, this.#context.clock.monotonicMs());
    this.#verdicts.delete(item);
  }

  touched(): string[] {
    return [...this.#touched.keys()];
  }

  /** Returns the health check of an instance; edges have none. */
  checkOf(item: string): HealthCheck | undefined {
    const built = this.#items.get(item);
    if (built?.item.kind !== "instance") return undefined;
    return this.#checks.get(item.slice(0, item.lastIndexOf("-")));
  }

  /** Returns the newest result of an item's health check, running it where there is none; nothing where it has no check. */
  async verdict(item: string, signal: AbortSignal): Promise<CheckResult | undefined> {
    return this.#verdicts.get(item) ?? await this.#check(item, signal);
  }

  /** Looks at items, here by their plugins and elsewhere by what their hosts wrote. */
  look(ids: readonly string[]): Promise<Map<string, Look>> {
    if (this.#next === undefined) {
      const batch = new Set<string>();
      const looks = this.#last.then(() => {
        this.#next = undefined;
        return this.#lookAt([...batch]);
      });
      this.#last = looks.catch(() => {});
      this.#next = { ids: batch, looks };
    }
    for (const id of ids) this.#next.ids.add(id);
    return this.#next.looks;
  }

  /** Waits for items (see `waitFor`). */
  wait(
    gate: "start" | "stop",
    items: readonly string[],
    signal: AbortSignal,
  ): Promise<Problem | undefined> {
    const options = this.#options();
    const look = gate === "start" ? (ids: readonly string[]) => this.#lookForStart(ids) : undefined;
    return waitFor(gate, items, { ...options, ...(look && { look }) }, signal);
  }

  /** Of what has moved away and is still to go from here, the copy that stays is meant. */
  async #lookForStart(ids: readonly string[]): Promise<ReadonlyMap<string, Look>> {
    const { host } = this.#context;
    const moved = ids.filter((id) =>
      this.#items.get(id)?.item.want === "absent" &&
      this.#state.instances.some((each) =>
        each.id === id && each.host !== host && each.want !== "absent"
      )
    );
    const looks = new Map(await this.look(ids.filter((id) => !moved.includes(id))));
    for (const id of moved) {
      const found = await this.#remote(id);
      if (found) looks.set(id, found);
    }
    return looks;
  }

  /** Returns the problem of an item that was found failed, with the end of its log. */
  failed(item: string, look: Pick<Look, "why" | "runs">): Promise<Problem> {
    return failedProblem(item, look, this.#options());
  }

  #options(): ReadinessOptions {
    return {
      clock: this.#context.clock,
      host: this.#context.options.hostName,
      look: (ids) => this.look(ids),
      check: (item, _look, signal) => this.#check(item, signal),
      touchedAt: (item) => this.#touched.get(item),
      lastLines: (item) => this.lastLines(item),
      changed: (signal) => this.#changed(signal),
      waiting: this.onWaiting,
      deadlineMs: (item) => this.checkOf(item)?.startMs ?? deadlineDefaultMs,
    };
  }

  async #check(item: string, signal: AbortSignal): Promise<CheckResult | undefined> {
    const [check, built] = [this.checkOf(item), this.#items.get(item)];
    if (check === undefined || built === undefined) return undefined;
    const result = await runCheck(check, built.item, this.#context, signal);
    this.#verdicts.set(item, result);
    return result;
  }

  async #lookAt(ids: readonly string[]): Promise<Map<string, Look>> {
    const here = await this.#withOwned(ids.flatMap((id) => this.#items.get(id) ?? []));
    const looks = new Map<string, Look>();
    const { planner } = this.#context;
    const { responses, problems } = await planner.ask("observe", this.#realisers, here);
    for (const { item } of here) {
      const response = responses.get(item.id);
      if (response !== undefined) {
        looks.set(item.id, {
          phase: response.phase ?? "pending",
          why: response.why,
          attributes: response.attributes ?? {},
          owned: response.owned,
          runs: [...response.owned ?? [], ...item.owned].some((each) => activityKinds.test(each)),
        });
      } else {
        const why = problems.get(item.id)?.what ?? "its plugin says nothing of it";
        looks.set(item.id, { phase: "pending", why, attributes: {}, runs: false });
      }
    }
    for (const id of ids) {
      const elsewhere = this.#items.has(id) ? undefined : await this.#remote(id);
      if (elsewhere) looks.set(id, elsewhere);
    }
    return looks;
  }

  /** Steps may have made more since the items were built: plugins are shown what the ledger says now. */
  async #withOwned(items: readonly BuiltItem[]): Promise<BuiltItem[]> {
    const ledger = await this.#context.own.ledger.of(this.#state.ref);
    return items.map((each) => {
      const owned = (ledger.get(each.item.id) ?? []) as ResourceId[];
      return { ...each, item: { ...each.item, owned } };
    });
  }

  async #remote(id: string): Promise<Look | undefined> {
    const { clock, membership, store } = this.#context;
    if (clock.monotonicMs() - this.#stateReadMs >= remoteMaxAgeMs) {
      this.#state = await readServiceState(store, this.#state.ref, membership);
      this.#stateReadMs = clock.monotonicMs();
    }
    const instance = this.#state.instances.find((each) => each.id === id && each.want !== "absent");
    const found = instance
      ? this.#state.observed.get(instance.host)?.items.find((each) => each.id === id)
      : observedItem(this.#state, id);
    // What its host has not taken up yet may be ready as it was, not as it is wanted.
    if (found === undefined || found.epoch < (instance?.epoch ?? 0)) return undefined;
    return {
      phase: found.phase as Look["phase"],
      why: found.why ?? (instance ? undefined : "its host has not stopped it yet"),
      attributes: found.attributes,
      // Of what is to go it matters whether it has; of a host that is away nobody can wait for that.
      runs: this.#state.instances.some((each) =>
        each.id === id && each.want !== "running" && runningPhases.has(phaseOf(this.#state, each))
      ),
    };
  }

  /** Returns the last lines of an item's log, oldest first: what its program wrote, else what is said of it. */
  async lastLines(item: string): Promise<readonly string[]> {
    const built = this.#items.get(item);
    if (built === undefined) return [];
    const { clock, planner } = this.#context;
    // A journal takes lines in some time after they were written; a file has them at once.
    const patienceMs = planner.host.systemd === "none" ? 0 : journalPatienceMs;
    const own = () => this.#readLog(built, true);
    const lines = await lookUntilFound(own, clock, patienceMs);
    return lines.length > 0 ? lines : await this.#readLog(built, false);
  }

  async #readLog(built: BuiltItem, own: boolean): Promise<string[]> {
    const { planner, processes } = this.#context;
    const options = { lines: logLinesShown, follow: false, own };
    const { responses } = await planner.ask("logs", this.#realisers, [built], options);
    const command = responses.get(built.item.id)?.command;
    if (command === undefined) return [];
    const { stdout } = await processes.run({ ...command, timeoutMs: 5_000 });
    return stdout.split("\n").map((line) => line.trimEnd()).filter(Boolean).slice(-logLinesShown);
  }

  #changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const names = new Set([...this.#items.values()].map(({ item }) => item.name));
      const done = () => {
        stop();
        signal.removeEventListener("abort", done);
        resolve();
      };
      const stop = this.#context.bus.listen((each) => {
        if (each.kind === "unit" && (each.unit === undefined || names.has(each.unit))) done();
        if (each.kind === "observed" && sameJson(each.ref, this.#state.ref)) {
          this.#stateReadMs = -Infinity;
          done();
        }
      });
      signal.addEventListener("abort", done, { once: true });
    });
  }
}
