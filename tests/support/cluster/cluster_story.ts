/**
 * A cluster through a time of trouble, all of it from one seed: people who ask for things on any host, and every fault that
 * network, disk, clocks and machines can have. Then the faults stop, and within a bound everything has to be as asked.
 */
import { ProblemError } from "../../../core/base/mod.ts";
import type { UseCases } from "../../../core/agent/mod.ts";
import { SeededRandom } from "../../../core/sim/mod.ts";
import { type ClusterParts, SimulatedCluster } from "../../../core/sim/cluster/mod.ts";
import {
  type Change,
  historyFindings,
  ProcessWatch,
  settlementFindings,
} from "./cluster_checkers.ts";
import {
  changeRequest,
  clusterParts,
  embedded,
  isExclusive,
  refOf,
  wholeRequest,
} from "./cluster_service.ts";
import { HostWishes } from "./host_wishes.ts";
import { disagreements, IncarnationWatch } from "./membership_checkers.ts";
import { StateWitness } from "./state_witness.ts";
import { beginTrouble } from "./trouble.ts";

export interface ClusterStory {
  readonly seed: string;
  readonly hosts: number;
  /** For how long there is trouble. */
  readonly minutes: number;
  /** Parts in place of the usual ones: broken ones, to see that the checks catch them. */
  readonly parts?: Partial<ClusterParts>;
}

/** What happened, for whoever replays it. */
export interface ClusterReport {
  readonly lines: readonly string[];
  readonly virtualMs: number;
  readonly acknowledged: number;
  /** How long until all was as asked once the faults had stopped. */
  readonly settledMs: number;
}

/** How long everything may take to be as asked once the faults have stopped. */
const settleMs = 300_000;
const lookMs = 5_000;

const services = ["alpha", "bravo", "only-one"];

/** The service that has a node bound to one host, in some stories: what no other host takes must hold up nothing else. */
const boundService = "alpha";

/** Lives through a story. Throws, with all that happened in the message, where something does not hold. */
export async function liveThroughCluster(story: ClusterStory): Promise<ClusterReport> {
  const teller = new Teller(story);
  try {
    return await teller.tell();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const { seed, hosts, minutes } = story;
    throw new Error(
      `seed ${seed}: ${message}\n${teller.lines.join("\n")}\n` +
        `replay: deno task sim --seed ${seed} --hosts ${hosts} --minutes ${minutes}`,
      { cause: error },
    );
  }
}

class Teller {
  readonly lines: string[] = [];
  readonly #story: ClusterStory;
  readonly #random: SeededRandom;
  readonly #changes: Change[] = [];
  readonly #bugs: string[] = [];
  readonly #ends = new Set<() => void>();
  #cluster!: SimulatedCluster;
  #witness!: StateWitness;
  #watch!: ProcessWatch;
  #incarnations!: IncarnationWatch;
  #wishes!: HostWishes;
  readonly #boundTo: string | undefined;
  #isOver = false;

  constructor(story: ClusterStory) {
    this.#story = story;
    this.#random = new SeededRandom(story.seed).stream("story");
    const random = new SeededRandom(story.seed).stream("bound");
    this.#boundTo = random.chance(0.3) ? `h${random.integer(1, story.hosts)}` : undefined;
  }

  async tell(): Promise<ClusterReport> {
    const { seed, hosts, minutes, parts } = this.#story;
    const cluster = await SimulatedCluster.formed({
      seed,
      hosts,
      parts: { ...clusterParts, ...parts },
      embedded,
    });
    this.#cluster = cluster;
    this.#witness = new StateWitness(cluster.shared, () => cluster.clock.monotonicMs());
    this.#watch = new ProcessWatch(cluster);
    this.#incarnations = new IncarnationWatch(cluster, cluster.id);
    this.#wishes = new HostWishes(cluster);
    await cluster.start();
    await cluster.clock.advance(5_000);
    if (this.#boundTo) this.#say(`a part of ${boundService} is bound to ${this.#boundTo}`);
    this.#askLater();
    this.#administerLater();
    this.#troubleLater();
    await cluster.clock.advance(minutes * 60_000);
    this.#endAll();
    const settledMs = await this.#settle();
    for (const host of cluster.hosts) host.stop();
    const acknowledged = this.#changes.filter((each) => each.acknowledged).length;
    return { lines: this.lines, virtualMs: cluster.clock.monotonicMs(), acknowledged, settledMs };
  }

  #say(line: string): void {
    const seconds = (this.#cluster.clock.monotonicMs() / 1_000).toFixed(3).padStart(8);
    this.lines.push(`${seconds} ${line}`);
  }

  #later(minMs: number, maxMs: number, act: () => void): void {
    this.#cluster.clock.schedule(this.#random.integer(minMs, maxMs), () => {
      if (!this.#isOver) act();
    });
  }

  #troubleLater(): void {
    this.#later(500, 30_000, () => {
      const trouble = beginTrouble(this.#cluster, this.#random);
      if (trouble) {
        this.#say(trouble.what);
        const end = () => {
          if (!this.#ends.delete(end)) return;
          this.#say(`no more: ${trouble.what}`);
          trouble.end();
        };
        this.#ends.add(end);
        // Most pass before anybody gives a host up; some last until what is exclusive moves too.
        const [minMs, maxMs] = this.#random.chance(0.2) ? [90_000, 240_000] : [1_000, 90_000];
        this.#later(minMs, maxMs, end);
      }
      this.#troubleLater();
    });
  }

  /** Ends all troubles. Some stories have a host that never comes back. */
  #endAll(): void {
    for (const end of [...this.#ends]) end();
    this.#isOver = true;
    this.#say("the faults stop");
    if (!this.#random.chance(0.3)) return;
    const host = this.#random.pick(this.#cluster.hosts);
    host.powerOff();
    this.#say(`but for ${host.name}, which loses power for good`);
  }

  #askLater(): void {
    this.#later(100, 40_000, () => {
      this.#ask();
      this.#askLater();
    });
  }

  #administerLater(): void {
    this.#later(20_000, 200_000, () => {
      void this.#administer();
      this.#administerLater();
    });
  }

  /** Somebody cordons, drains or opens a host, by way of any host. Three at least are left to take work. */
  async #administer(): Promise<void> {
    const able = this.#cluster.hosts.filter(({ life }) => life?.agent);
    const change = able.length > 0 ? this.#wishes.change(this.#random) : undefined;
    if (!change) return;
    const host = this.#random.pick(able);
    const name = `${change.host} ${JSON.stringify(change.wish)}`;
    this.#say(`${host.name} is asked to make ${name}`);
    try {
      await host.life!.agent!.useCases.changeHost(change.host, change.wish);
      change.end(true);
      this.#say(`${name} is acknowledged`);
    } catch (error) {
      change.end(false);
      this.#noteBug(`${name}`, error);
    }
  }

  /** Somebody asks something of some host, and perhaps somebody else of another at the same moment. */
  #ask(): void {
    const service = this.#random.pick(services);
    const times = this.#random.chance(0.25) ? 2 : 1;
    for (let time = 0; time < times; time++) void this.#askOne(service);
  }

  async #askOne(service: string): Promise<void> {
    const able = this.#cluster.hosts.filter(({ life }) => life?.agent);
    if (able.length === 0) return;
    const host = this.#random.pick(able);
    const change = this.#change(service);
    this.#changes.push(change);
    const name = `#${change.id} ${service} ${JSON.stringify(change.change)}`;
    this.#say(`${host.name} is asked ${name}`);
    try {
      const answer = await this.#send(host.life!.agent!.useCases, change);
      const refused = answer.problems.find(({ severity }) => severity === "error");
      if (refused) return this.#say(`#${change.id} is refused: ${refused.what}`);
      const { generation, changed } = answer;
      change.acknowledged = { generation, changed };
      this.#say(`#${change.id} is acknowledged as generation ${generation}`);
    } catch (error) {
      this.#noteBug(`#${change.id}`, error);
    }
  }

  #noteBug(what: string, error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    const isBug = !(error instanceof ProblemError) || error.problem.code === "BASE_INTERNAL";
    if (isBug) this.#bugs.push(`${what} ended by a bug: ${(error as Error).stack ?? text}`);
    this.#say(`${what} fails: ${text.split("\n")[0]}`);
  }

  #change(service: string): Change {
    const random = this.#random;
    const version = `v${this.#changes.length + 1}`;
    const count = isExclusive(service) ? 1 : random.integer(1, 4);
    const change: Change["change"] = random.chance(0.12)
      ? "delete"
      : random.chance(0.4)
      ? { whole: { version, count } }
      : isExclusive(service) || random.chance(0.5)
      ? { part: { version } }
      : { part: { count } };
    const askedMs = this.#cluster.clock.monotonicMs();
    return { id: this.#changes.length + 1, service, change, askedMs };
  }

  async #send(useCases: UseCases, { service, change }: Change) {
    if (change === "delete") return await useCases.delete(refOf(service), {});
    return "whole" in change
      ? await useCases.deploy(wholeRequest(service, change.whole, {
        ...(service === boundService && this.#boundTo && { boundTo: this.#boundTo }),
      }))
      : await useCases.deploy(changeRequest(service, change.part));
  }

  /** Waits until all is as asked, and returns how long that took. */
  async #settle(): Promise<number> {
    const { clock } = this.#cluster;
    const startMs = clock.monotonicMs();
    for (;;) {
      this.#checkSoFar();
      const open = [
        ...settlementFindings(this.#cluster, this.#witness),
        ...this.#wishes.findings(this.#witness),
        ...disagreements(this.#cluster),
      ];
      const tookMs = clock.monotonicMs() - startMs;
      if (open.length === 0) {
        this.#say(`all is as asked after ${Math.round(tookMs / 1_000)} s`);
        return tookMs;
      }
      if (tookMs >= settleMs) {
        throw new Error(`not as asked after ${settleMs / 1_000} s:\n  ${open.join("\n  ")}`);
      }
      await clock.advance(lookMs);
    }
  }

  #checkSoFar(): void {
    const findings = [
      ...this.#bugs,
      ...this.#cluster.findings(),
      ...this.#watch.findings,
      ...this.#witness.findings,
      ...this.#incarnations.findings,
      ...historyFindings(this.#witness, this.#changes),
    ];
    if (findings.length > 0) throw new Error(findings.join("\n  "));
  }
}
