/** Exchanging everything with one member over TCP: it brings newcomers in and repairs what gossip missed. */
import { type Problem, problem } from "../base/mod.ts";
import type { Endpoint } from "../ports/mod.ts";
import { onAlive } from "./alive.ts";
import type { NodeState, PushPull } from "./codec/mod.ts";
import { onDead } from "./dead.ts";
import { dial, type Purpose } from "./exchange.ts";
import type { Liveness } from "./member.ts";
import { onSuspect } from "./suspect.ts";
import type { Swim } from "./swim.ts";
import { incompatible, type Versioned } from "./versions.ts";

/** Liveness by its number on the wire. */
const livenessNumbers: readonly Liveness[] = ["alive", "suspect", "dead", "left"];

/** Returns everything that we know. */
export function everything(swim: Swim, join: boolean): PushPull {
  const nodes = swim.members.all().map((member): NodeState => ({
    name: member.name,
    addr: member.address.bytes,
    port: member.address.port,
    meta: member.meta,
    incarnation: member.incarnation,
    state: livenessNumbers.indexOf(member.liveness),
    vsn: member.vsn,
  }));
  return { type: "pushPull", join, nodes, userState: swim.userState };
}

/** Asks for an exchange of everything with whoever is at `to`. */
export function pushPullWith(swim: Swim, to: Endpoint, purpose: Purpose): void {
  dial(swim, {
    purpose,
    to,
    message: everything(swim, purpose.kind === "rejoin"),
    wantsAnswer: true,
    timeoutMs: swim.settings.streamTimeoutMs,
  });
}

/** Asks for an exchange with one random member that is alive. */
export function pushPullWithAny(swim: Swim, purpose: Purpose): void {
  const [member] = swim.members.choose(
    1,
    ({ name, liveness }) => name !== swim.name && liveness === "alive",
  );
  if (member) pushPullWith(swim, member.endpoint, purpose);
}

export function onPushPullTimer(swim: Swim, nowMs: number): void {
  if (!swim.isLeaving) pushPullWithAny(swim, { kind: "pushPull" });
  swim.schedule({ kind: "pushPull" }, nowMs + pushPullIntervalMs(swim));
}

/** The work grows with the square of the cluster, so the interval grows with it beyond 32 members. */
export function pushPullIntervalMs({ settings, members }: Swim): number {
  const factor = members.size <= 32 ? 1 : Math.ceil(Math.log2(members.size) - 5) + 1;
  return settings.pushPullIntervalMs * factor;
}

/**
 * Takes another member's everything; returns why it was refused, if it was, in which case nothing has changed.
 *
 * Dead members come in as suspects, so that one who is there can refute.
 */
export function merge(swim: Swim, message: PushPull, nowMs: number): Problem | undefined {
  const versions = incompatible(versioned(swim, message));
  if (versions) {
    return problem("GOSSIP_MERGE_REFUSED", {
      what: "Cannot merge another member's list of members",
      why: versions,
      fix: "Update the members one by one: each must speak a version that all understand",
    });
  }
  for (const node of message.nodes) mergeOne(swim, node, nowMs);
  if (message.userState.length > 0) {
    swim.notify({ kind: "userState", state: message.userState.slice(), isJoin: message.join });
  }
  return undefined;
}

function* versioned(swim: Swim, message: PushPull): Generator<Versioned> {
  for (const { name, vsn, liveness } of swim.members.all()) {
    yield { name, vsn, isAlive: liveness === "alive" };
  }
  for (const { name, vsn, state } of message.nodes) yield { name, vsn, isAlive: state === 0 };
}

function mergeOne(swim: Swim, node: NodeState, nowMs: number): void {
  const { name, incarnation } = node;
  switch (livenessNumbers[node.state]) {
    case "alive": {
      const { addr, port, meta, vsn } = node;
      const message = { type: "alive", incarnation, node: name, addr, port, meta, vsn } as const;
      return onAlive(swim, message, nowMs);
    }
    case "left":
      return onDead(swim, { type: "dead", incarnation, node: name, from: name }, nowMs);
    case "dead":
    case "suspect":
      return onSuspect(swim, { type: "suspect", incarnation, node: name, from: swim.name }, nowMs);
    default:
      swim.reportPeer(
        "GOSSIP_MALFORMED",
        `Cannot merge member "${name}"`,
        `Its state is ${node.state}, known are 0 to 3`,
      );
  }
}
