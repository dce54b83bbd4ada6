/**
 * Who is in the cluster, and who is still there: SWIM with Lifeguard, speaking memberlist's wire.
 *
 * The protocol is one function of values: `step(swim, input, nowMs)` takes what happened (a packet, a stream, a timer, a
 * wish of the application) and returns what is to be done (packets to send, connections to dial, timers, notifications).
 * It opens no socket, reads no clock and draws randomness only from the `Random` it was given, so a thousand members run
 * in one process from one seed (`sim/gossip/`). `Gossip` is the thin shell that runs it over a `Transport`.
 *
 * It decides nothing about work: a member that is dead here may well run on. See `docs/architecture.md`.
 *
 *     const swim = new Swim({ name: "alpha", address, settings: gossipProfiles.lan, random });
 *     step(swim, { kind: "start", meta }, nowMs);
 *     step(swim, { kind: "join", seeds: [{ host: "10.0.0.1", port: 7946 }] }, nowMs);
 *
 * Sources: SWIM (Das, Gupta, Motivala 2002), Lifeguard (Dadgar, Phillips, Currey 2017), memberlist's wire protocol.
 */
export { addressOf, endpointOf, type MemberAddress, parseIp } from "./address.ts";
export { type StreamMessage, streamProblem, StreamReader } from "./codec/mod.ts";
export { Gossip, type GossipOptions } from "./gossip.ts";
export type { Input, Timer } from "./input.ts";
export { isPresent, type Liveness, type MemberView } from "./member.ts";
export type { Dial, Notification, Outputs, Reply, Schedule, Send } from "./output.ts";
export type { Refusal } from "./refusals.ts";
export { checkSettings, gossipProfiles, type GossipSettings } from "./settings.ts";
export { step } from "./step.ts";
export { Swim, type SwimOptions } from "./swim.ts";
