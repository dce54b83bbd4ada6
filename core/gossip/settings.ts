import { fail } from "../base/mod.ts";
import { bounds, labelBytes } from "./codec/mod.ts";

/**
 * What can be tuned. Members of one cluster should agree on all of it; where they do not, each acts on its own.
 * Defaults are memberlist's for a local network, but for those marked as ours.
 */
export interface GossipSettings {
  /**
   * Time between two probes of one member, in milliseconds. Shorter finds failures sooner and costs packets in
   * proportion (two a member and interval). Sane from 200 to 10,000.
   */
  readonly probeIntervalMs: number;
  /**
   * How long a direct ack may take before others are asked to try. It should be above the slowest usual round trip; it
   * must be below `probeIntervalMs`.
   */
  readonly probeTimeoutMs: number;
  /** How many members are asked to ping one that did not answer. More survive more packet loss and cost more packets. */
  readonly indirectChecks: number;
  /**
   * Whether a member that did not answer is also pinged over TCP. It keeps members alive whose UDP is cut or lossy, at
   * the price of hiding that from the failure detector (it is reported instead).
   */
  readonly streamPing: boolean;
  /**
   * Scales the least time for which a member stays suspect. Longer gives slow members more time to refute, and real
   * failures are told later. Sane from 2 to 8.
   */
  readonly suspicionMultiplier: number;
  /** The most time for which a member stays suspect, as a multiple of the least; others' suspicions shorten it. */
  readonly suspicionMaxMultiplier: number;
  /**
   * Of so many messages one misses any member (until the next exchange of everything), where no packet is lost: each member
   * sends a message often enough for that. Ten times as many cost 2.3 copies more of each.
   */
  readonly missedOnceIn: number;
  /** Time between two rounds of gossip while there is something to tell. Shorter spreads faster in more packets. */
  readonly gossipIntervalMs: number;
  /** To how many members each round goes. */
  readonly gossipMembers: number;
  /** For how long a dead member is still told that it is, so that it can refute; then it is forgotten. */
  readonly gossipToTheDeadMs: number;
  /**
   * Time between two exchanges of everything with one random member; grows with the logarithm of the cluster beyond 32
   * members. It repairs what gossip missed; shorter costs bandwidth in proportion to the size of the cluster.
   */
  readonly pushPullIntervalMs: number;
  /** Deadline of one exchange over TCP. */
  readonly streamTimeoutMs: number;
  /** One more than the worst health score: how many times slower an overloaded member probes at most. */
  readonly awarenessMax: number;
  /** Most bytes of one packet. Beyond the network's MTU packets are fragmented and lost more often. */
  readonly packetBytes: number;
  /** Whether what is longer than a ping is compressed where that shortens it. */
  readonly compress: boolean;
  /** The cluster's name on the network: packets and streams with another are refused. */
  readonly label: string;
  /** Something in front strips the label of what arrives. */
  readonly skipLabelCheck: boolean;
  /** With keys: take messages that are not encrypted (the first half of the way to encryption on a live cluster). */
  readonly acceptPlain: boolean;
  /** With keys: send messages unencrypted (until every member accepts encrypted ones). */
  readonly sendPlain: boolean;
  /** After how long a dead member's name may come back from another address; 0 is never. A member that left may at once. */
  readonly reclaimMs: number;
  /** The application's versions: lowest and highest understood, and spoken. All members' ranges must hold all spoken. */
  readonly applicationVersions: readonly [min: number, max: number, current: number];
  /** Ours: most members that are held; further ones are reported and ignored. */
  readonly membersMax: number;
  /**
   * Ours: when many members are news at once, all is exchanged with a random member after this time (and half as much
   * again, at random). It removes the long tail of mass joins; 0 turns it off.
   */
  readonly echoMs: number;
  /** Ours: time between two attempts to reach seeds, dead and forgotten members again; 0 turns healing off. */
  readonly rejoinIntervalMs: number;
  /** Ours: the longest time between two attempts for one address in a small cluster. */
  readonly rejoinIntervalMaxMs: number;
  /** Ours: for how long a forgotten member is tried again. */
  readonly rejoinForMs: number;
  /** Ours: the share of each packet, in [0, 1), that is kept for the application's broadcasts while there are any. */
  readonly broadcastShare: number;
  /** Ours: how many of the application's broadcasts wait at most; the oldest give way. */
  readonly broadcastsMax: number;
}

const common = {
  indirectChecks: 3,
  streamPing: true,
  suspicionMaxMultiplier: 6,
  missedOnceIn: 500,
  awarenessMax: 8,
  packetBytes: 1_400,
  compress: true,
  label: "",
  skipLabelCheck: false,
  acceptPlain: false,
  sendPlain: false,
  reclaimMs: 0,
  applicationVersions: [0, 0, 0] as const,
  membersMax: 65_536,
  echoMs: 1_200,
  rejoinIntervalMs: 5_000,
  rejoinIntervalMaxMs: 40_000,
  rejoinForMs: 24 * 3_600_000,
  broadcastShare: 0.25,
  broadcastsMax: 1_024,
};

/** Settings for one network, between networks, and for members on one machine. */
export const gossipProfiles: Readonly<Record<"lan" | "wan" | "local", GossipSettings>> = {
  lan: {
    ...common,
    probeIntervalMs: 1_000,
    probeTimeoutMs: 500,
    suspicionMultiplier: 4,
    gossipIntervalMs: 200,
    gossipMembers: 3,
    gossipToTheDeadMs: 30_000,
    pushPullIntervalMs: 30_000,
    streamTimeoutMs: 10_000,
  },
  wan: {
    ...common,
    probeIntervalMs: 5_000,
    probeTimeoutMs: 3_000,
    suspicionMultiplier: 6,
    gossipIntervalMs: 500,
    gossipMembers: 4,
    gossipToTheDeadMs: 60_000,
    pushPullIntervalMs: 60_000,
    streamTimeoutMs: 30_000,
  },
  local: {
    ...common,
    indirectChecks: 1,
    probeIntervalMs: 1_000,
    probeTimeoutMs: 200,
    suspicionMultiplier: 3,
    gossipIntervalMs: 100,
    gossipMembers: 3,
    gossipToTheDeadMs: 15_000,
    pushPullIntervalMs: 15_000,
    streamTimeoutMs: 1_000,
  },
};

/** Throws a problem for the first setting that is out of its range. */
export function checkSettings(settings: GossipSettings): void {
  const positive = [
    "probeIntervalMs",
    "probeTimeoutMs",
    "suspicionMultiplier",
    "suspicionMaxMultiplier",
    "missedOnceIn",
    "gossipIntervalMs",
    "gossipMembers",
    "pushPullIntervalMs",
    "streamTimeoutMs",
    "awarenessMax",
    "membersMax",
    "rejoinIntervalMaxMs",
    "broadcastsMax",
  ] as const;
  for (const name of positive) {
    if (!(settings[name] > 0)) invalid(name, settings[name], "it must be above 0");
  }
  if (settings.probeTimeoutMs >= settings.probeIntervalMs) {
    invalid("probeTimeoutMs", settings.probeTimeoutMs, "it must be below probeIntervalMs");
  }
  if (settings.packetBytes < 512 || settings.packetBytes > bounds.packetBytesMax - 64) {
    invalid("packetBytes", settings.packetBytes, "it must be from 512 to 65472");
  }
  if (!(settings.broadcastShare >= 0 && settings.broadcastShare < 1)) {
    invalid("broadcastShare", settings.broadcastShare, "it must be from 0 to below 1");
  }
  labelBytes(settings.label);
}

function invalid(name: string, value: unknown, why: string): never {
  fail("GOSSIP_SETTING_INVALID", {
    what: `Cannot use ${value} as gossip setting "${name}"`,
    why,
    fix: "Leave it out to use the default",
  });
}
