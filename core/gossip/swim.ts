import { assert, type Problem, problem } from "../base/mod.ts";
import type { Endpoint, Random } from "../ports/mod.ts";
import type { MemberAddress } from "./address.ts";
import { Awareness } from "./awareness.ts";
import { BroadcastQueue } from "./broadcasts.ts";
import { bounds, Keyring, labelBytes, noBytes } from "./codec/mod.ts";
import type { Echo } from "./echo.ts";
import type { Exchange } from "./exchange.ts";
import type { Timer } from "./input.ts";
import type { Member, MemberView } from "./member.ts";
import { MemberTable } from "./members.ts";
import { noOutputs, type Notification, type Outputs } from "./output.ts";
import type { Probe } from "./probe.ts";
import type { LostMember, Seed } from "./rejoin.ts";
import type { Relay } from "./relay.ts";
import { checkSettings, type GossipSettings } from "./settings.ts";
import type { Suspicion } from "./suspicion.ts";
import { versionBytes } from "./versions.ts";

/** Who a member is. */
export interface SwimOptions {
  readonly name: string;
  /** What is announced to others: where they reach us, over UDP and TCP. */
  readonly address: MemberAddress;
  readonly settings: GossipSettings;
  readonly random: Random;
  /** The gossip keys, the primary first; without any, gossip is plain. */
  readonly keys?: readonly Uint8Array[];
  /** Why a member is not let in; nothing where it is. Asked for each announcement of another member. */
  readonly vetoes?: (announcement: Pick<MemberView, "name" | "address" | "meta">) =>
    | string
    | undefined;
}

/**
 * The state of one member. `step()` owns it: nobody else changes it, and it is changed in place, because a copy of a
 * thousand members for each packet would cost more than the protocol.
 */
export class Swim {
  readonly name: string;
  readonly address: MemberAddress;
  readonly settings: GossipSettings;
  readonly random: Random;
  readonly vetoes: NonNullable<SwimOptions["vetoes"]>;
  readonly label: Uint8Array;
  readonly versions: Uint8Array;
  /** Nothing while gossip is plain. */
  readonly keyring: Keyring | undefined;

  readonly members: MemberTable;
  readonly awareness: Awareness;
  /** What is to be told of members, at most one message a name. */
  readonly queue: BroadcastQueue;
  /** What the application wants spread. */
  readonly userQueue: BroadcastQueue;
  readonly suspicions = new Map<string, Suspicion>();
  /** Pings of ours by sequence number: the one probe that runs, and those sent for others. */
  probe: Probe | undefined;
  /** A probe was due while another ran. */
  isProbeDue = false;
  readonly relays = new Map<number, Relay>();
  readonly exchanges = new Map<number, Exchange>();
  readonly seeds = new Map<string, Seed>();
  readonly lost = new Map<string, LostMember>();

  meta: Uint8Array = noBytes;
  userState: Uint8Array = noBytes;
  incarnation = 0;
  isLeaving = false;
  /** Which of our own announcements is awaited: told when its message is no longer queued. */
  awaited: "announced" | "departed" | undefined;
  isGossipScheduled = false;
  readonly echo: Echo = { isScheduled: false, isOwed: false, tries: 0, newcomers: 0 };

  #seqNo = 0;
  #exchange = 0;
  #outputs: Outputs = noOutputs();

  constructor(options: SwimOptions) {
    checkSettings(options.settings);
    assert(options.name.length > 0, "a member has a name");
    this.name = options.name;
    this.address = options.address;
    this.settings = options.settings;
    this.random = options.random;
    this.vetoes = options.vetoes ?? (() => undefined);
    this.label = labelBytes(options.settings.label);
    this.versions = versionBytes(options.settings.applicationVersions);
    this.keyring = options.keys?.length ? new Keyring(options.keys) : undefined;
    this.members = new MemberTable(options.random);
    this.awareness = new Awareness(options.settings.awarenessMax);
    this.queue = new BroadcastQueue(options.settings.membersMax + 1);
    this.userQueue = new BroadcastQueue(options.settings.broadcastsMax);
  }

  /** What is wanted so far in this step. */
  get outputs(): Outputs {
    return this.#outputs;
  }

  /** Returns what this step wants and begins the next. */
  takeOutputs(): Outputs {
    const outputs = this.#outputs;
    this.#outputs = noOutputs();
    return outputs;
  }

  nextSeqNo(): number {
    return this.#seqNo = (this.#seqNo + 1) >>> 0;
  }

  nextExchange(): number {
    return ++this.#exchange;
  }

  /** Our own entry in the table. */
  self(): Member | undefined {
    return this.members.get(this.name);
  }

  /** How many members are alive, ourselves left out. */
  aliveOthers(): number {
    return this.members.alive - (this.self()?.liveness === "alive" ? 1 : 0);
  }

  schedule(timer: Timer, atMs: number): void {
    this.#outputs.schedules.push({ timer, atMs });
  }

  notify(notification: Notification): void {
    this.#outputs.notifies.push(notification);
  }

  /** Reports what went wrong; of one input no more than a person reads, for a peer's list can hold thousands of wrong entries. */
  report(it: Problem): void {
    if (this.#outputs.reports.length < reportsMax) this.#outputs.reports.push(it);
  }

  /** Reports something that is not to be trusted in a peer's message. */
  reportPeer(code: Problem["code"], what: string, why: string, from?: Endpoint): void {
    const where = from && { host: `${from.host}:${from.port}` };
    this.report(problem(code, { what, why, where, severity: "warning" }));
  }
}

/** Reports of one step. */
const reportsMax = 64;

/** Most pings that are sent for others at a time: each peer can ask for any number. */
export const relaysMax = bounds.compoundPartsMax * 4;
