/**
 * Watches the shared disk: every generation as it was linked, and the end of every service. It knows names and texts of
 * files, and nothing of the code that writes them.
 */
import type { JsonObject } from "../../../core/base/mod.ts";
import type { NameChange, WatchedDisk } from "../../../core/sim/cluster/mod.ts";
import { parseData } from "../../../core/yaml/mod.ts";
import type { ServiceWish } from "./cluster_service.ts";

export interface SeenInstance {
  readonly id: string;
  readonly host: string;
  readonly epoch: number;
  readonly want: string;
  readonly vertex: string;
  readonly claims: readonly { readonly kind: string; readonly key: string }[];
}

/** One generation of a service's graph. */
export interface SeenGraph {
  readonly generation: number;
  readonly serviceGeneration: number;
  readonly instances: readonly SeenInstance[];
  readonly text: string;
}

/** One generation of what was asked. */
export interface SeenAsked {
  readonly generation: number;
  readonly wish: ServiceWish;
  readonly atMs: number;
}

/** A service from its first document to its removal. */
export interface SeenLife {
  readonly service: string;
  readonly asked: SeenAsked[];
  readonly graphs: SeenGraph[];
}

const servicesPath = "/namespaces/default/service";
const document = new RegExp(`^${servicesPath}/([^/.]+)/(service|clout)\\.(\\d+)$`);
const directory = new RegExp(`^${servicesPath}/([^/.]+)$`);

export class StateWitness {
  readonly findings: string[] = [];
  /** The lives of each service, oldest first. */
  readonly #lives = new Map<string, SeenLife[]>();
  readonly #disk: WatchedDisk;
  readonly #nowMs: () => number;
  /** Where directories of services were moved to. */
  readonly #aside = new Map<string, SeenLife>();

  constructor(disk: WatchedDisk, nowMs: () => number) {
    this.#disk = disk;
    this.#nowMs = nowMs;
    disk.onChange = (change) => this.#see(change);
  }

  lives(service: string): readonly SeenLife[] {
    return this.#lives.get(service) ?? [];
  }

  services(): string[] {
    return [...this.#lives.keys()].sort();
  }

  /** The life of a service that is there; nothing where it is gone, or has no document yet. */
  current(service: string): SeenLife | undefined {
    const last = this.lives(service).at(-1);
    return last && this.#isAside(last) ? undefined : last;
  }

  #isAside(life: SeenLife): boolean {
    return [...this.#aside.values()].includes(life);
  }

  #see({ operation, from, to }: NameChange): void {
    const made = operation === "link" ? to!.match(document) : undefined;
    if (made) this.#document(made[1], made[2], Number(made[3]), this.#disk.text(to!)!);
    if (operation === "remove") return this.#withdrawn(from.match(document));
    if (operation !== "rename") return;
    const moved = from.match(directory);
    const back = this.#aside.get(from);
    if (moved) return this.#movedAside(moved[1], to!);
    if (!back) return;
    this.#aside.delete(from);
    // A removal that comes late may have taken one aside that was begun anew: it goes back.
    if (directory.test(to!)) this.#lives.get(back.service)!.push(back);
    else {
      this.#aside.set(to!, back);
      this.#checkRemoval(back);
    }
  }

  #document(service: string, kind: string, generation: number, text: string): void {
    const spec = (parseData(text) as JsonObject).spec as JsonObject;
    const life = this.#lifeOf(service);
    if (kind === "service") {
      const inputs = spec.inputs as JsonObject;
      const wish: ServiceWish = {
        version: String(inputs.version),
        count: Number(inputs.count),
        isDeleted: spec.deleting === true,
      };
      life.asked.push({ generation, wish, atMs: this.#nowMs() });
      return;
    }
    const graph: SeenGraph = {
      generation,
      serviceGeneration: Number(spec.serviceGeneration),
      instances: spec.instances as unknown as readonly SeenInstance[],
      text,
    };
    this.#checkGraph(life, graph);
    life.graphs.push(graph);
  }

  /** A writer may take back what it linked before it says that it is written. */
  #withdrawn(found: RegExpMatchArray | null): void {
    if (!found) return;
    const life = this.#lives.get(found[1])?.at(-1);
    const documents = found[2] === "service" ? life?.asked : life?.graphs;
    if (documents?.at(-1)?.generation === Number(found[3])) documents.pop();
  }

  #lifeOf(service: string): SeenLife {
    const lives = this.#lives.get(service) ?? [];
    this.#lives.set(service, lives);
    const last = lives.at(-1);
    if (last && !this.#isAside(last)) return last;
    const life: SeenLife = { service, asked: [], graphs: [] };
    lives.push(life);
    return life;
  }

  /** What holds between one graph and the next. */
  #checkGraph({ service, graphs }: SeenLife, graph: SeenGraph): void {
    const before = graphs.at(-1);
    if (graph.generation !== (before?.generation ?? 0) + 1) {
      this.#find(`${service}: generation ${graph.generation} after ${before?.generation ?? 0}`);
    }
    if (before && graph.serviceGeneration < before.serviceGeneration) {
      this.#find(`${service}: graph ${graph.generation} goes back to an older wish`);
    }
    for (const instance of graph.instances) {
      const earlier = before?.instances.find(({ id, want }) =>
        id === instance.id && want !== "absent"
      );
      if (!earlier || instance.want === "absent") continue;
      if (instance.epoch < earlier.epoch) {
        this.#find(`${service}: the epoch of ${instance.id} falls in graph ${graph.generation}`);
      }
      if (instance.host !== earlier.host && instance.epoch === earlier.epoch) {
        this.#find(
          `${service}: ${instance.id} moves from ${earlier.host} to ${instance.host} in the same epoch`,
        );
      }
    }
  }

  #movedAside(service: string, to: string): void {
    const life = this.#lives.get(service)?.at(-1);
    if (life) this.#aside.set(to, life);
  }

  #checkRemoval({ service, asked: wishes, graphs }: SeenLife): void {
    const graph = graphs.at(-1);
    const asked = wishes.find(({ generation }) => generation === graph?.serviceGeneration);
    const isEmpty = graph?.serviceGeneration === 0;
    if (graph && !isEmpty && !asked?.wish.isDeleted) {
      this.#find(`${service} is removed though generation ${graph.generation} wants it`);
    }
  }

  #find(finding: string): void {
    if (this.findings.length < 20) {
      this.findings.push(`${Math.round(this.#nowMs())} ms: ${finding}`);
    }
  }
}
