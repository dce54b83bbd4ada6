import type { HostChange } from "../../../core/agent/mod.ts";
import type { JsonObject } from "../../../core/base/mod.ts";
import type { SimulatedCluster } from "../../../core/sim/cluster/mod.ts";
import type { SeededRandom } from "../../../core/sim/mod.ts";
import { parseData } from "../../../core/yaml/mod.ts";
import { boundNode } from "./cluster_service.ts";
import type { StateWitness } from "./state_witness.ts";

/** What a host may be made: to be left alone, to take nothing new, or to be emptied too. */
type Wish = "open" | "cordoned" | "drained";

const changes: Readonly<Record<Wish, HostChange>> = {
  open: { cordoned: false, drained: false },
  cordoned: { cordoned: true },
  drained: { drained: true },
};

/** What was asked of hosts: the wish that was acknowledged last, and those that may be in force since. */
export class HostWishes {
  readonly #cluster: SimulatedCluster;
  readonly #possible = new Map<string, Set<Wish>>();
  /** Hosts of which something is asked that was not answered yet. */
  readonly #pending = new Set<string>();

  constructor(cluster: SimulatedCluster) {
    this.#cluster = cluster;
    for (const { name } of cluster.hosts) this.#possible.set(name, new Set(["open"]));
  }

  /** Returns a change that somebody may ask for; nothing where enough hosts are closed. */
  change(
    random: SeededRandom,
  ):
    | { readonly host: string; readonly wish: HostChange; end(isAcknowledged: boolean): void }
    | undefined {
    const host = random.pick(this.#cluster.hosts).name;
    const isClosed = (each: ReadonlySet<Wish>) => each.has("cordoned") || each.has("drained");
    const others = [...this.#possible].filter(([name, each]) => name !== host && isClosed(each));
    const closedMax = this.#cluster.hosts.length - 3;
    const wish = others.length >= closedMax || random.chance(0.5)
      ? "open"
      : random.pick(["cordoned", "drained"] as const);
    const possible = this.#possible.get(host)!;
    // One at a time, so that it is known which of them is the last: who is asked may stand still for minutes.
    if (possible.size > 1 || this.#pending.has(host)) return undefined;
    possible.add(wish);
    this.#pending.add(host);
    const end = (isAcknowledged: boolean) => {
      this.#pending.delete(host);
      if (isAcknowledged) this.#possible.set(host, new Set([wish]));
    };
    return { host, wish: changes[wish], end };
  }

  /** Why hosts are not as was asked; empty where they are. */
  findings(witness: StateWitness): string[] {
    const findings: string[] = [];
    for (const [host, possible] of this.#possible) {
      const is = this.#isNow(host);
      // Whoever cordons a drained host leaves it drained, and its wish is in force too.
      const isWanted = possible.has(is) || (is === "drained" && possible.has("cordoned"));
      if (!isWanted) findings.push(`${host} is ${is} and was asked to be ${[...possible]}`);
      if (is !== "drained") continue;
      for (const service of witness.services()) {
        const graph = witness.current(service)?.graphs.at(-1);
        for (const { id, vertex, host: place, want } of graph?.instances ?? []) {
          if (place !== host || want === "absent" || vertex === boundNode) continue;
          findings.push(`${service}/${id} is placed on ${host}, which is drained`);
        }
      }
    }
    return findings;
  }

  #isNow(host: string): Wish {
    const { shared } = this.#cluster;
    const directory = `/hosts/${host}`;
    const generations = shared.find(directory)
      ? shared.list(directory).map((name) => Number(name.match(/^wanted\.(\d+)$/)?.[1] ?? 0))
      : [];
    const last = Math.max(0, ...generations);
    if (last === 0) return "open";
    const document = parseData(shared.text(`${directory}/wanted.${last}`)!) as JsonObject;
    const spec = document.spec as JsonObject;
    return spec.drained ? "drained" : spec.cordoned ? "cordoned" : "open";
  }
}
