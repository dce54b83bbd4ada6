/** Every fault that the network may have. It can be changed while the simulation runs. */
export interface NetworkFaults {
  /** One way from member to member, in milliseconds, evenly between the two. */
  delayMinMs: number;
  delayMaxMs: number;
  /** The share of datagrams that are lost, in [0, 1]. */
  loss: number;
  /** The share of datagrams that arrive twice. */
  duplication: number;
  /** The share of datagrams that are held back by up to `reorderMs`, so that later ones overtake them. */
  reordering: number;
  reorderMs: number;
  /** The share of connections that break: half of them before the request arrives, half before the answer does. */
  brokenStreams: number;
}

/** A network on which all is well, as between hosts in one room. */
export const calmNetwork: Readonly<NetworkFaults> = {
  delayMinMs: 0.2,
  delayMaxMs: 2,
  loss: 0,
  duplication: 0,
  reordering: 0,
  reorderMs: 0,
  brokenStreams: 0,
};

/** What cannot pass from one member to another, one way. */
export interface Cut {
  /** Whether this cut stops what goes from one host to the other. */
  readonly stops: (from: string, to: string) => boolean;
  /** `datagrams` leaves connections alone, as a firewall does that drops UDP. */
  readonly what: "all" | "datagrams";
}

/** Returns the cut that parts these hosts from all others, both ways. */
export function partition(hosts: readonly string[]): Cut {
  const side = new Set(hosts);
  return { stops: (from, to) => side.has(from) !== side.has(to), what: "all" };
}

/** Returns the cut that stops what goes from some hosts to some others, and lets the way back open. */
export function oneWay(
  from: readonly string[],
  to: readonly string[],
  what: Cut["what"] = "all",
): Cut {
  const [senders, receivers] = [new Set(from), new Set(to)];
  return { stops: (one, other) => senders.has(one) && receivers.has(other), what };
}
