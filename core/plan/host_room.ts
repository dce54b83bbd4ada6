import type { ServiceRef } from "../base/mod.ts";
import { hashText } from "./hash.ts";
import type { Claim, ClaimWanted } from "./instance.ts";
import type { HostInventory } from "./inventory.ts";

/** Who asks for a claim: its own earlier claims are given back to it. */
export interface Claimant {
  readonly id: string;
  /** What it holds on this host, where it is there already. */
  readonly held: readonly Claim[];
}

/**
 * One host while places are chosen: what is left of it, and who holds what.
 *
 * Claims are of three kinds. `others`: other services and foreign sockets, never given. `own`: what this service holds
 * now; a fixed claim may pass from one of its instances to another (the old one goes), a picked one is not taken from
 * it. `planned`: given in this plan.
 */
export class HostRoom {
  readonly #others = new Map<string, string>();
  readonly #own = new Map<string, string>();
  readonly #planned = new Map<string, string>();
  #cpus: number;
  #memoryBytes: number;
  /** How many instances are here, other services' included. */
  count: number;

  constructor(readonly host: HostInventory, readonly index: number, ref: ServiceRef) {
    this.#cpus = host.used?.cpus ?? 0;
    this.#memoryBytes = host.used?.memoryBytes ?? 0;
    this.count = host.instances ?? 0;
    for (const claim of host.claims) {
      const key = `${claim.kind}/${claim.key}`;
      const isOwn = claim.namespace === ref.namespace && claim.service === ref.service;
      if (isOwn) this.#own.set(key, claim.instance);
      else this.#others.set(key, `instance "${claim.instance}" of service "${claim.service}"`);
    }
    for (const { key, holder } of host.listeners) {
      if (!this.#own.has(key) && !this.#others.has(key)) this.#others.set(key, holder);
    }
  }

  /** How full the host is: the larger part of what is asked for, then the number of instances. */
  get load(): number {
    const { cpus = 0, memoryBytes = 0 } = this.host.capacity ?? {};
    const part = (used: number, all: number) => all > 0 ? used / all : 0;
    return Math.max(part(this.#cpus, cpus), part(this.#memoryBytes, memoryBytes)) +
      this.count / 1_000;
  }

  get cpusFree(): number {
    return (this.host.capacity?.cpus ?? Infinity) - this.#cpus;
  }

  get memoryBytesFree(): number {
    return (this.host.capacity?.memoryBytes ?? Infinity) - this.#memoryBytes;
  }

  use(cpus: number, memoryBytes: number, instances: number): void {
    this.#cpus += cpus;
    this.#memoryBytes += memoryBytes;
    this.count += instances;
  }

  /** Returns who keeps an instance from a fixed claim, or nothing where it can have it. */
  holderOf(key: string, instance: string): string | undefined {
    const planned = this.#planned.get(key);
    if (planned !== undefined && planned !== instance) {
      return `instance "${planned}" of this service`;
    }
    return this.#others.get(key);
  }

  /** Returns the claim that answers what is wanted, or nothing where there is none. Takes nothing. */
  pick(
    { name, kind, want }: ClaimWanted,
    { id, held }: Claimant,
    avoid: ReadonlySet<string>,
  ): Claim | undefined {
    if ("key" in want) {
      const isFree = this.holderOf(`${kind}/${want.key}`, id) === undefined;
      return isFree ? { kind, key: want.key, name } : undefined;
    }
    const [low, high] = want.range;
    const before = held.find((claim) => claim.name === name && claim.kind === kind);
    if (before && Number(before.key) >= low && Number(before.key) <= high) {
      if (this.holderOf(`${kind}/${before.key}`, id) === undefined) return before;
    }
    const size = high - low + 1;
    const start = hashText(`${this.host.cluster ?? ""}/${id}/${name}`) % size;
    for (let offset = 0; offset < size; offset++) {
      const key = String(low + (start + offset) % size);
      const at = `${kind}/${key}`;
      if (avoid.has(at) || this.#others.has(at) || this.#planned.has(at)) continue;
      const own = this.#own.get(at);
      if (own === undefined || own === id) return { kind, key, name };
    }
    return undefined;
  }

  take(claim: Claim, instance: string): void {
    this.#planned.set(`${claim.kind}/${claim.key}`, instance);
  }

  giveBack(claim: Claim): void {
    this.#planned.delete(`${claim.kind}/${claim.key}`);
  }

  /** Returns which other instance of this service holds a claim now. */
  ownHolder(claim: Claim, instance: string): string | undefined {
    const own = this.#own.get(`${claim.kind}/${claim.key}`);
    return own === instance ? undefined : own;
  }
}
