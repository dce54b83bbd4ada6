/** What tests of our members beside real memberlist nodes share: a cluster of both over real sockets, and means to disturb it. */
import {
  decodePacketMessages,
  encodePacketMessage,
  openPacket,
  type PacketMessage,
  sealPacket,
} from "../../core/gossip/codec/mod.ts";
import type { GossipOptions } from "../../core/gossip/mod.ts";
import { networkTransports } from "../../core/platform/mod.ts";
import type { Endpoint, Transport, TransportListener, Transports } from "../../core/ports/mod.ts";
import { GossipPeer } from "../support/gossip_peer.ts";
import { type Need, testWith } from "../support/needs.ts";
import { type MemberlistPeer, MemberlistProcess, type PeerOptions } from "./memberlist_peer.ts";

/** Memberlist's settings, sped up as those of `GossipPeer` are. */
const quick = { probeMs: 200, timeoutMs: 100, gossipMs: 20 };
const noLabel = { label: new Uint8Array(0) };

/** Returns so many random bytes. */
export function random(bytes: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at += 65_536) crypto.getRandomValues(all.subarray(at, at + 65_536));
  return all;
}

/** Returns the bytes that hexadecimal text stands for. */
export function hex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** What a test has at hand: it starts nodes, all of which end with it. */
export class Mixed {
  readonly #process: MemberlistProcess;
  readonly #ours: GossipPeer[] = [];

  constructor(process: MemberlistProcess) {
    this.#process = process;
  }

  /** A real memberlist node. */
  real(name: string, options: Partial<PeerOptions> = {}): Promise<MemberlistPeer> {
    return this.#process.add({ name, ...quick, ...options });
  }

  async ours(
    name: string,
    options: Partial<GossipOptions> = {},
    transports?: Transports,
  ): Promise<GossipPeer> {
    const peer = await GossipPeer.start(name, options, transports);
    this.#ours.push(peer);
    return peer;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#ours.map((peer) => peer.stop()));
    await this.#process.stop();
  }
}

export interface InteropOptions {
  readonly needs?: readonly Need[];
  /**
   * How often it is tried; once unless told. For tests in which a ping has to be answered within its time again and again:
   * a machine that stands still for longer makes members doubt each other, as they should.
   */
  readonly tries?: number;
}

/** A test that has a process for real nodes at hand; skipped, with the reason, where none can be built. */
export function interop(
  name: string,
  act: (mixed: Mixed) => Promise<void>,
  { needs = [], tries = 1 }: InteropOptions = {},
): void {
  testWith(["memberlist", ...needs], `interop with memberlist: ${name}`, async () => {
    for (let left = tries - 1;; left--) {
      const mixed = new Mixed(await MemberlistProcess.start());
      try {
        return await act(mixed);
      } catch (error) {
        if (left === 0) throw error;
        console.warn(`tried again, because: ${error}`);
      } finally {
        await mixed.stop();
      }
    }
  });
}

/** Waits for something that must be asked for. */
export async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const untilMs = performance.now() + 30_000;
  while (!await isTrue()) {
    if (performance.now() > untilMs) throw new Error(`Not true in time: ${isTrue}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Waits until a real node believes so of a member; nothing where it is to list it no more. */
export const sees = (peer: MemberlistPeer, name: string, state: string | undefined) =>
  until(async () => await peer.sees(name) === state);

/** A bare socket that sends what it is told to. */
export async function forger() {
  const heard: PacketMessage[] = [];
  const transport = await networkTransports.listen({ host: "127.0.0.1", port: 0 }, {
    packet: (_from, bytes) =>
      heard.push(...decodePacketMessages(openPacket(bytes, noLabel)).messages),
    connection: (connection) => connection.close(),
  });
  return {
    heard,
    sendBytes: (to: Endpoint, bytes: Uint8Array) => transport.sendPacket(to, bytes),
    send: (to: Endpoint, message: PacketMessage) =>
      transport.sendPacket(to, sealPacket(encodePacketMessage(message), noLabel)),
    stop: () => transport.close(),
  };
}

/** Loses the datagrams to some ports. */
export class LossyTransports implements Transports {
  readonly blocked = new Set<number>();

  async listen(at: Endpoint, listener: TransportListener): Promise<Transport> {
    const inner = await networkTransports.listen(at, listener);
    return {
      local: inner.local,
      sendPacket: (to, bytes) => {
        if (!this.blocked.has(to.port)) inner.sendPacket(to, bytes);
      },
      dial: (to, timeoutMs) => inner.dial(to, timeoutMs),
      close: () => inner.close(),
    };
  }
}

/** Returns the digest of bytes as the real nodes tell it. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return Array.from(
    new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("");
}
