/** What must hold of membership: on the wire all the time, and in what every agent believes once the faults have stopped. */
import { decodePacketMessages, labelBytes, openPacket } from "../../../core/gossip/codec/mod.ts";
import type { NetworkHost, SimulatedCluster } from "../../../core/sim/cluster/mod.ts";

/** Reads every packet: what a host says of its own incarnation never falls within one life of its agent. */
export class IncarnationWatch {
  readonly findings: string[] = [];
  readonly #cluster: SimulatedCluster;
  readonly #label: Uint8Array;
  readonly #highest = new Map<string, { readonly life: unknown; incarnation: number }>();

  constructor(cluster: SimulatedCluster, clusterId: string) {
    this.#cluster = cluster;
    this.#label = labelBytes(clusterId.slice(0, 16));
    cluster.network.onPacket = (from, _to, bytes) => this.#see(from, bytes);
  }

  /** How many announcements were read. */
  seen = 0;

  #see(from: NetworkHost, bytes: Uint8Array): void {
    const { life } = this.#cluster.hosts.find(({ name }) => name === from.name)!;
    const { messages } = decodePacketMessages(openPacket(bytes, { label: this.#label }));
    for (const message of messages) {
      if (message.type !== "alive" || message.node !== from.name) continue;
      this.seen++;
      const before = this.#highest.get(from.name);
      if (before?.life === life && message.incarnation < before!.incarnation) {
        this.findings.push(
          `${from.name} goes back from incarnation ${
            before!.incarnation
          } to ${message.incarnation}`,
        );
      }
      this.#highest.set(from.name, { life, incarnation: message.incarnation });
    }
  }
}

/** Where agents do not agree on which hosts are alive; empty where they do. */
export function disagreements(cluster: SimulatedCluster): string[] {
  const findings: string[] = [];
  const running = cluster.hosts.filter(({ isPowered }) => isPowered);
  for (const { name, life } of running) {
    if (!life?.agent) {
      findings.push(`no agent runs on ${name}`);
      continue;
    }
    const believed = new Map(life.agent.membership.list().map((each) => [each.id, each]));
    for (const other of cluster.hosts) {
      const { liveness, gossip } = believed.get(other.name) ?? {};
      const isRight = other.isPowered
        ? liveness === "alive" && gossip === "alive"
        : liveness === "dead" && gossip !== "alive";
      if (isRight) continue;
      const truth = other.isPowered ? "runs" : "has no power";
      findings.push(
        `${name} believes ${other.name}, which ${truth}, ${liveness} (gossip: ${gossip})`,
      );
    }
  }
  return findings;
}
