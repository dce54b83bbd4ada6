/**
 * What must always hold of a cluster's gossip, and what must hold once its faults are over. Checkers read what members
 * believe and what they said; they know nothing of how the protocol works.
 */
import { isPresent } from "../../gossip/mod.ts";
import type { GossipSimulator, SimulatedMember } from "./gossip_simulator.ts";

/** Collects what was violated, one sentence each; at most `findingsMax`. */
export class GossipChecker {
  readonly findings: string[] = [];
  /** The highest incarnation seen, by observer and life, and member. */
  readonly #incarnations = new Map<string, Map<string, number>>();

  /** Checks one member after each of its steps. */
  readonly onStep = (member: SimulatedMember, nowMs: number): void => {
    this.#checkIncarnations(member, nowMs);
    const self = member.swim.self();
    if (self && !member.swim.isLeaving && self.liveness !== "alive") {
      this.#find(`${member.name} believes itself ${self.liveness}`, nowMs);
    }
    if (self && self.incarnation !== member.swim.incarnation) {
      this.#find(`${member.name} announces another incarnation than it holds`, nowMs);
    }
  };

  /** An incarnation never falls, but for a name that was forgotten or is back from elsewhere. */
  #checkIncarnations({ name, life, swim }: SimulatedMember, nowMs: number): void {
    const observer = `${name}/${life}`;
    const before = this.#incarnations.get(observer) ?? new Map<string, number>();
    this.#incarnations.set(observer, before);
    for (const member of swim.members.all()) {
      const last = before.get(member.name) ?? 0;
      const hadLeft = member.liveness === "left";
      if (member.incarnation < last && !hadLeft && isPresent(member)) {
        this.#find(
          `${name} took ${member.name} back from incarnation ${last} to ${member.incarnation}`,
          nowMs,
        );
      }
      before.set(member.name, member.incarnation);
    }
    if (before.size > swim.members.size) {
      for (const known of before.keys()) if (!swim.members.get(known)) before.delete(known);
    }
  }

  #find(finding: string, nowMs: number): void {
    if (this.findings.length < findingsMax) {
      this.findings.push(`${Math.round(nowMs)} ms: ${finding}`);
    }
  }
}

const findingsMax = 20;

/** Why the running members do not agree that exactly they are alive, with their newest metadata; nothing where they do. */
export function disagreement(simulator: GossipSimulator): string | undefined {
  const running = [...simulator.members.values()].filter(({ isRunning, swim }) =>
    isRunning && !swim.isLeaving
  );
  const names = new Set(running.map(({ name }) => name));
  for (const observer of running) {
    for (const other of running) {
      const known = observer.swim.members.get(other.name);
      if (known?.liveness !== "alive") {
        return `${observer.name} believes ${other.name} ${known?.liveness ?? "unheard of"}`;
      }
      if (known.meta.length !== other.swim.meta.length) {
        return `${observer.name} has old metadata of ${other.name}`;
      }
    }
    for (const { name, liveness } of observer.swim.members.all()) {
      if (!names.has(name) && (liveness === "alive" || liveness === "suspect")) {
        return `${observer.name} believes ${name}, which does not run, ${liveness}`;
      }
    }
  }
  return undefined;
}

/** How many times a running member was told that another running one failed, since a time. */
export function falseFailures(simulator: GossipSimulator, sinceMs = 0): number {
  let count = 0;
  for (const { notifications, isRunning } of simulator.members.values()) {
    if (!isRunning) continue;
    for (const { atMs, it } of notifications) {
      if (atMs < sinceMs || it.kind !== "failed") continue;
      if (simulator.get(it.member.name).isRunning) count++;
    }
  }
  return count;
}

/** When each running member was told something of another, since a time: by observer. */
export function toldAtMs(
  simulator: GossipSimulator,
  kind: "joined" | "updated" | "failed" | "left",
  name: string,
  sinceMs: number,
): Map<string, number> {
  const told = new Map<string, number>();
  for (const observer of simulator.members.values()) {
    const first = observer.notifications.find(({ atMs, it }) =>
      atMs >= sinceMs && it.kind === kind && "member" in it && it.member.name === name
    );
    if (first) told.set(observer.name, first.atMs);
  }
  return told;
}
