import { hashText } from "./hash.ts";
import type { HostRoom } from "./host_room.ts";
import { type HostInventory, hostName } from "./inventory.ts";
import type { Reason } from "./reason.ts";
import type { SelectorPolicy } from "./policies.ts";

/** What an instance asks of any host, whatever else is there. */
export interface HostDemand {
  readonly selectors: readonly SelectorPolicy[];
  readonly commands: readonly string[];
}

/**
 * The hosts that may take instances of one demand, in an order of their own (by hash), so that each instance starts
 * to look at another place.
 */
export class Eligible {
  readonly rooms: readonly HostRoom[];
  readonly #positions: Uint32Array;
  readonly #open: ReadonlySet<HostRoom>;
  readonly #narrowed: ReadonlySet<HostRoom>;

  /** `current` are hosts that instances of this demand are on: they are kept where only some hosts may be used. */
  constructor(
    readonly demand: HostDemand,
    /** Every host of the inventory, those that are out of the question too. */
    readonly all: readonly HostRoom[],
    current: ReadonlySet<string>,
  ) {
    const open = all.filter((room) =>
      whyNotHost(room.host, demand) === undefined || isKept(room.host, demand, current)
    );
    this.#open = new Set(open);
    const narrowed = demand.selectors.reduce<readonly HostRoom[]>(
      (rooms, selector) => narrow(rooms, selector, current),
      open,
    );
    this.#narrowed = new Set(narrowed);
    const ring = narrowed.filter((room) => whyNotHost(room.host, demand) === undefined)
      .map((room) => ({ room, at: hashText(room.host.id) }))
      .sort((a, b) => a.at - b.at || a.room.index - b.room.index);
    this.rooms = ring.map(({ room }) => room);
    this.#positions = Uint32Array.from(ring, ({ at }) => at);
  }

  /** Whether an instance that is on the host already may stay there. */
  mayStay(room: HostRoom): boolean {
    return this.#narrowed.has(room);
  }

  /** Whether a host would do if it lived and took instances. */
  wouldDo({ host }: HostRoom): boolean {
    return whyNotFitting(host, this.demand) === undefined;
  }

  /** Returns where in the ring an instance starts to look. */
  startOf(key: string): number {
    const wanted = hashText(key);
    let [low, high] = [0, this.#positions.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#positions[middle] < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Returns why a host is out of the question, or nothing. */
  whyNot(room: HostRoom): Reason | undefined {
    const reason = whyNotHost(room.host, this.demand);
    if (reason !== undefined) return reason;
    if (this.#open.has(room) && !this.#narrowed.has(room)) {
      const [{ name: policy }] = this.demand.selectors;
      const why = `other hosts were chosen by policy "${policy}"`;
      return { why, lack: { kind: "choice", policy } };
    }
    return undefined;
  }
}

/** A cordon keeps nothing away that is there; neither does being suspected. */
function isKept(
  host: HostInventory,
  demand: HostDemand,
  current: ReadonlySet<string>,
): boolean {
  if (!current.has(host.id) || host.isDraining) return false;
  if (host.liveness !== "alive" && host.liveness !== "suspect") return false;
  return whyNotHost({ ...host, isCordoned: false, liveness: "alive" }, demand) === undefined;
}

/** Chooses some of the hosts where the policy wants no more: those in use first, then by hash. */
function narrow(
  rooms: readonly HostRoom[],
  selector: SelectorPolicy,
  current: ReadonlySet<string>,
): readonly HostRoom[] {
  const part = selector.ratio === undefined
    ? Infinity
    : Math.max(1, Math.round(rooms.length * selector.ratio));
  const count = Math.min(selector.count ?? Infinity, part);
  if (rooms.length <= count) return rooms;
  const rank = (room: HostRoom) => hashText(`${selector.name}/${room.host.id}`);
  return [...rooms].sort((a, b) =>
    Number(current.has(b.host.id)) - Number(current.has(a.host.id)) || rank(a) - rank(b) ||
    a.index - b.index
  ).slice(0, count);
}

function whyNotHost(host: HostInventory, demand: HostDemand): Reason | undefined {
  const { liveness, isDraining = false, isCordoned = false } = host;
  if (liveness !== "alive") {
    return { why: livenessReasons[liveness], lack: { kind: "away", liveness } };
  }
  const other = whyNotFitting(host, demand);
  if (!isDraining && !isCordoned) return other;
  return {
    why: isDraining ? "it is being drained" : "it is cordoned",
    lack: { kind: "closed", fits: other === undefined },
  };
}

/** Returns why a host would not do though it takes instances. */
function whyNotFitting(host: HostInventory, demand: HostDemand): Reason | undefined {
  for (const selector of demand.selectors) {
    const reason = whyNotSelected(host, selector);
    if (reason !== undefined) return reason;
  }
  const command = demand.commands.find((each) => host.missingCommands?.includes(each));
  if (command === undefined) return undefined;
  return { why: `command "${command}" is not installed`, lack: { kind: "command", command } };
}

const livenessReasons = {
  suspect: "it does not answer (suspected dead)",
  dead: "it is dead",
  left: "it has left the cluster",
} as const;

function whyNotSelected(host: HostInventory, selector: SelectorPolicy): Reason | undefined {
  const { hosts, labels, name: policy } = selector;
  if (hosts.length > 0 && !hosts.includes(host.id) && !hosts.includes(hostName(host))) {
    return {
      why: `policy "${policy}" wants host ${hosts.map((each) => `"${each}"`).join(" or ")}`,
      lack: { kind: "name", policy, wanted: hosts },
    };
  }
  for (const [label, values] of labels) {
    const has = host.labels[label];
    const isAny = values.length === 0 || values.includes("*");
    if (has === undefined || !(isAny || values.includes(has))) {
      const wanted = isAny ? "" : ` "${values.join(`" or "`)}"`;
      const found = has === undefined ? "it has none" : `it has "${has}"`;
      return {
        why: `policy "${policy}" wants label "${label}"${wanted}, ${found}`,
        lack: { kind: "label", policy, label, ...(!isAny && { value: values[0] }) },
      };
    }
  }
  return undefined;
}
