/** One member under test, driven input by input in virtual time, and what its tests say in a word. */
import type { Endpoint, Random } from "../../core/ports/mod.ts";
import {
  type Alive,
  decodePacketMessages,
  encodeCompound,
  encodePacketMessage,
  noBytes,
  type NodeState,
  openPacket,
  type PacketMessage,
  sealPacket,
  type StreamMessage,
  StreamReader,
  utf8,
} from "../../core/gossip/codec/mod.ts";
import type { Input } from "../../core/gossip/input.ts";
import type { Outputs } from "../../core/gossip/output.ts";
import { gossipProfiles, type GossipSettings } from "../../core/gossip/settings.ts";
import { step } from "../../core/gossip/step.ts";
import { Swim, type SwimOptions } from "../../core/gossip/swim.ts";

export const vsn = Uint8Array.of(1, 5, 2, 0, 0, 0);
export const at = (number: number): Endpoint => ({ host: `10.0.0.${number}`, port: 7946 });
export const bytesOf = (number: number) => Uint8Array.of(10, 0, 0, number);

/** Random enough, and the same each time. */
export function lehmer(seed = 1): Random {
  let state = seed;
  const next = () => (state = (state * 48_271) % 0x7fff_ffff) / 0x7fff_ffff;
  return { next, bytes: (count) => Uint8Array.from({ length: count }, () => next() * 256) };
}

/** A member under test, with others known by number: `m2` at 10.0.0.2. It is `m1`. */
export class Bench {
  readonly swim: Swim;
  nowMs = 0;

  constructor(
    others: number,
    options: Partial<Omit<SwimOptions, "settings">> & { settings?: Partial<GossipSettings> } = {},
  ) {
    this.swim = new Swim({
      name: "m1",
      address: { bytes: bytesOf(1), port: 7946 },
      random: lehmer(),
      ...options,
      settings: { ...gossipProfiles.lan, ...options.settings },
    });
    this.take({ kind: "start", meta: utf8("v1") });
    for (let number = 2; number < 2 + others; number++) this.hear(alive(number));
    this.drain();
  }

  take(input: Input): Outputs {
    return step(this.swim, input, this.nowMs);
  }

  hear(...messages: PacketMessage[]): Outputs {
    const bytes = sealPacket(encodeCompound(messages.map(encodePacketMessage)), { label: noBytes });
    return this.take({ kind: "packet", from: at(99), bytes });
  }

  fire(timer: Extract<Input, { kind: "timer" }>["timer"], afterMs = 0): Outputs {
    this.nowMs += afterMs;
    return this.take({ kind: "timer", timer });
  }

  /** Gossips until nothing waits. */
  drain(): void {
    for (let rounds = 0; rounds < 200 && this.swim.queue.size > 0; rounds++) {
      this.swim.queue.take(100_000, 255, 1);
    }
    this.fire({ kind: "gossip" });
  }

  liveness(number: number): string | undefined {
    return this.swim.members.get(`m${number}`)?.liveness;
  }

  /** Starts a probe, of the only other member where there is one. */
  probe(): Outputs {
    for (let tries = 0; tries < 3; tries++) {
      const outputs = this.fire({ kind: "probe" }, 1_000);
      if (this.swim.probe) return outputs;
    }
    throw new Error("nobody to probe");
  }
}

export function alive(number: number, incarnation = 1, more: Partial<Alive> = {}): Alive {
  return {
    type: "alive",
    incarnation,
    node: `m${number}`,
    addr: bytesOf(number),
    port: 7946,
    meta: noBytes,
    vsn,
    ...more,
  };
}
export const suspect = (number: number, incarnation = 1, from = "m9") =>
  ({ type: "suspect", incarnation, node: `m${number}`, from }) as const;
export const dead = (number: number, incarnation = 1, from = "m9") =>
  ({ type: "dead", incarnation, node: `m${number}`, from }) as const;
export const nodeState = (number: number, more: Partial<NodeState> = {}): NodeState => ({
  name: `m${number}`,
  addr: bytesOf(number),
  port: 7946,
  meta: noBytes,
  incarnation: 1,
  state: 0,
  vsn,
  ...more,
});
export const pushPull = (...nodes: NodeState[]) =>
  ({ type: "pushPull", join: false, nodes, userState: noBytes }) as const;

/** Returns the messages of sent packets, by whom they go to. */
export function sent({ sends }: Outputs): { to: string; messages: PacketMessage[] }[] {
  return sends.map(({ to, packet }) => ({
    to: to.host,
    messages: decodePacketMessages(openPacket(packet, { label: noBytes })).messages,
  }));
}
export const kinds = ({ notifies }: Outputs) => notifies.map(({ kind }) => kind);
export const codes = ({ reports }: Outputs) => reports.map(({ code }) => code);
export const timers = ({ schedules }: Outputs) => schedules.map(({ timer }) => timer.kind);
export const streamed = (bytes: Uint8Array, role: "dialler" | "acceptor" = "dialler") =>
  new StreamReader({ label: noBytes, role }).push(bytes) as StreamMessage;
export const gossiped = (outputs: Outputs, bench: Bench) =>
  [outputs, bench.fire({ kind: "gossip" })].flatMap((each) => sent(each))
    .flatMap(({ messages }) => messages);
