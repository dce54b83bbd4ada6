import { type Json, problem, ProblemError, type ServiceRef } from "../../base/mod.ts";
import type { AttachedProcess, Endpoint, TerminalWish } from "../../ports/mod.ts";
import type { HostPlan, Instance } from "../../plan/mod.ts";
import type { PackageRef } from "../../store/mod.ts";
import type { AttachElsewhere } from "../use_cases.ts";

/** Where another agent is asked. */
export interface PeerAddress {
  /** The host's id. */
  readonly id: string;
  readonly api: Endpoint;
}

/** The agents of other hosts, as this one asks them. */
export interface Peers {
  of(host: PeerAddress): PeerUseCases;
}

/**
 * What agents ask of each other. Whatever keeps the answer away (nobody listens, no answer in time, a refusal) is a thrown
 * `ProblemError`.
 */
export interface PeerUseCases {
  /** Returns the steps that would make this host as the request wants it; nothing is changed. */
  hostPlan(request: HostPlanRequest): Promise<HostPlan>;
  /** Runs a command where the instance is, with its streams here. That it cannot be is said by `exit`, which fails then. */
  attach?(request: AttachElsewhere, terminal?: TerminalWish): AttachedProcess;
  /** Returns the keys of the gossip that the host has, as text (see `KeyRing`). */
  ring(): Promise<string>;
  /** Offers keys; the host takes them where they are newer, and returns what it has then. */
  offerRing(ring: string): Promise<string>;
}

/** A service as it would be, all of it plain data. */
export interface HostPlanRequest {
  readonly ref: ServiceRef;
  /** The graph, as `cloutToJson` gives it. */
  readonly clout: Json;
  readonly instances: readonly Instance[];
  /** Digest of each plugin that the service is or would be pinned to, by name. */
  readonly plugins: Readonly<Record<string, string>>;
  /** The service's package; it need not be stored yet. */
  readonly template: PackageRef;
  /** Digests of the package's files, by path in it. */
  readonly artifacts: Readonly<Record<string, string>>;
  /** Plans as if nothing of the service were on the host yet. */
  readonly isFresh?: boolean;
}

/** The peers of an agent that has no way to ask them. */
export const unreachablePeers: Peers = {
  of({ id }) {
    const refuse = () =>
      Promise.reject(
        new ProblemError(problem("AGENT_PEER_UNREACHABLE", {
          what: `Cannot ask the agent of host "${id}"`,
          where: { host: id },
        })),
      );
    return { hostPlan: refuse, ring: refuse, offerRing: refuse };
  },
};
