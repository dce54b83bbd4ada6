import type { Vertex } from "../clout/mod.ts";
import { number } from "./policies.ts";

/** What is known of one host when a service is planned. */
export interface HostInventory {
  readonly id: string;
  /** The cluster's id. Ports are picked from another place in each, as two may share a machine. */
  readonly cluster?: string;
  /** For people; the id where absent. */
  readonly name?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly liveness: "alive" | "suspect" | "dead" | "left";
  /** It was given up, and does not live: nothing of it is waited for. */
  readonly isLost?: boolean;
  /** Takes nothing new; what is there stays. */
  readonly isCordoned?: boolean;
  /** Takes nothing new, and what is there moves away. */
  readonly isDraining?: boolean;
  /** What instances may ask for; what is absent is not counted. */
  readonly capacity?: Resources;
  /** What instances of other services ask for. */
  readonly used?: Resources;
  /** How many instances of other services it has. */
  readonly instances?: number;
  /** Every claim held on it, this service's own included. */
  readonly claims: readonly HeldClaim[];
  /** Sockets that something foreign listens on: `tcp/22`, and who it is. */
  readonly listeners: readonly { readonly key: string; readonly holder: string }[];
  /** Commands that are known to be missing. */
  readonly missingCommands?: readonly string[];
}

/** A part of a host's processors and memory. */
export interface Resources {
  readonly cpus?: number;
  readonly memoryBytes?: number;
}

/** Returns what an instance of a node asks for: its properties `cpus` and `memory`. */
export function requestsOf({ properties }: Pick<Vertex, "properties">): Required<Resources> {
  return {
    cpus: number(properties.get("cpus")) ?? 0,
    memoryBytes: number(properties.get("memory")) ?? 0,
  };
}

/** A claim and who holds it. */
export interface HeldClaim {
  readonly kind: string;
  readonly key: string;
  readonly namespace: string;
  readonly service: string;
  readonly instance: string;
}

/** Whether a host does not live: what is placed on it runs nowhere. */
export function isAway({ liveness }: Pick<HostInventory, "liveness">): boolean {
  return liveness === "dead" || liveness === "left";
}

/** Returns what a host is called for people. */
export function hostName(host: Pick<HostInventory, "id" | "name">): string {
  return host.name ?? host.id;
}
