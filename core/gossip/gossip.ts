import { type Problem, whoGivesWay } from "../base/mod.ts";
import type {
  Clock,
  Connection,
  Endpoint,
  Logger,
  Random,
  Transport,
  Transports,
} from "../ports/mod.ts";
import { addressOf } from "./address.ts";
import { checkBound, StreamReader } from "./codec/mod.ts";
import type { StreamMessage } from "./codec/mod.ts";
import type { Input } from "./input.ts";
import type { MemberView } from "./member.ts";
import type { Dial, Notification, Outputs } from "./output.ts";
import { type Refusal, RefusalTally } from "./refusals.ts";
import type { GossipSettings } from "./settings.ts";
import { step } from "./step.ts";
import { brokenStream, ConnectionClosed, unreachableProblem } from "./stream_failure.ts";
import { Swim, type SwimOptions } from "./swim.ts";

/** Where and as whom to gossip. */
export interface GossipOptions {
  readonly name: string;
  /** Where to listen. Port 0 takes any free one. */
  readonly listen: Endpoint;
  /** What others are told, where that is not where we listen (`0.0.0.0`, address translation). */
  readonly advertise?: Endpoint;
  readonly settings: GossipSettings;
  readonly meta: Uint8Array;
  readonly keys?: readonly Uint8Array[];
  readonly vetoes?: SwimOptions["vetoes"];
  /** Told in the order in which things happened. It must not throw. */
  readonly onNotification: (notification: Notification) => void;
  /** What all connections that are served may bring together before they are read to their end; 128 MiB unless told. */
  readonly servedBytesMax?: number;
  /** Told of peers' gossip that was refused, seldom however much there is of it. It must not throw. */
  readonly onRefusal?: (refusal: Refusal) => void;
}

/** Connections that are served at a time (memberlist's limit); then whoever holds the most of them gives way. */
const servedMax = 127;
const servedBytesMaxDefault = 128 * 1_048_576;
/** Reports that are logged within `reportWindowMs`; the rest is counted, so that hostile packets cannot fill the log. */
const reportsMax = 20;
const reportWindowMs = 10_000;

/** A timer that is later than this waits as long again, up to the most. */
const lateMsMin = 50;
const lateMsMax = 500;

/** Runs one member over a transport: performs what `step()` wants, in order, and feeds it what happens. */
export class Gossip {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #options: GossipOptions;
  readonly #abort = new AbortController();
  readonly #streams = new Map<number, Connection>();
  readonly #pending: Input[] = [];
  #swim!: Swim;
  #transport!: Transport;
  #isStepping = false;
  /** Bytes of messages that peers have begun to send. */
  #heldBytes = 0;
  #streamCount = 0;
  readonly #refusals = new RefusalTally();
  #isTellingRefusals = false;
  #reports = { sinceMs: -Infinity, logged: 0, dropped: 0 };

  private constructor(clock: Clock, logger: Logger, options: GossipOptions) {
    this.#clock = clock;
    this.#logger = logger;
    this.#options = options;
  }

  /** Opens the transport and announces the member. Rejects with a `ProblemError` where the port is taken. */
  static async start(
    ports: { clock: Clock; random: Random; transports: Transports; logger: Logger },
    options: GossipOptions,
  ): Promise<Gossip> {
    const gossip = new Gossip(ports.clock, ports.logger, options);
    gossip.#transport = await ports.transports.listen(options.listen, {
      packet: (from, bytes) => gossip.#take({ kind: "packet", from, bytes }),
      connection: (connection) => gossip.#serve(connection),
    });
    const { name, settings, keys, vetoes, advertise } = options;
    const { local } = gossip.#transport;
    const address = addressOf(advertise ?? local);
    gossip.#swim = new Swim({ name, address, settings, random: ports.random, keys, vetoes });
    gossip.#take({ kind: "start", meta: options.meta });
    return gossip;
  }

  /** Where we listen. */
  get local(): Endpoint {
    return this.#transport.local;
  }

  /** All known members, ourselves included. Entries change under their holder: copy what is kept. */
  members(): readonly MemberView[] {
    return this.#swim.members.all();
  }

  /** The health score: 0 is well. */
  get awareness(): number {
    return this.#swim.awareness.score;
  }

  /** How often peers' gossip was refused since the start, by code. */
  get refused(): ReadonlyMap<Problem["code"], number> {
    return this.#refusals.totals;
  }

  /** Joins by any of the seeds. Whether that worked comes as `reached` and `unreached`. */
  join(seeds: readonly Endpoint[]): void {
    this.#take({ kind: "join", seeds });
  }

  /** Says goodbye; `departed` tells when enough know. */
  leave(): void {
    this.#take({ kind: "leave" });
  }

  update(meta: Uint8Array): void {
    this.#take({ kind: "update", meta });
  }

  /** Spreads a payload; a newer one with the same key replaces one that still waits. */
  broadcast(payload: Uint8Array, key?: string): void {
    this.#take({ kind: "broadcast", payload, key });
  }

  /** Sends a payload to one member: reliably over a connection, else in one datagram. */
  send(to: string, payload: Uint8Array, options: { isReliable: boolean }): void {
    this.#take({ kind: "message", to, payload, ...options });
  }

  setUserState(state: Uint8Array): void {
    this.#take({ kind: "userState", state });
  }

  changeKey(action: "add" | "use" | "remove", key: Uint8Array): void {
    this.#take({ kind: "key", action, key });
  }

  /** Stops without a goodbye. */
  async stop(): Promise<void> {
    this.#abort.abort();
    for (const connection of this.#streams.values()) connection.close();
    await this.#transport.close();
  }

  /** One input at a time: what an application does on a notification waits until all outputs are done. */
  #take(input: Input): void {
    if (this.#abort.signal.aborted) return;
    this.#pending.push(input);
    if (this.#isStepping) return;
    this.#isStepping = true;
    try {
      for (let next = this.#pending.shift(); next; next = this.#pending.shift()) {
        this.#perform(step(this.#swim, next, this.#clock.monotonicMs()));
      }
    } finally {
      this.#isStepping = false;
    }
  }

  #perform({ sends, dials, replies, schedules, notifies, reports }: Outputs): void {
    for (const { to, packet } of sends) this.#transport.sendPacket(to, packet);
    for (const dial of dials) void this.#exchange(dial);
    for (const { stream, bytes } of replies) void this.#reply(stream, bytes);
    for (const { timer, atMs } of schedules) void this.#callBack({ kind: "timer", timer }, atMs);
    for (const notification of notifies) this.#options.onNotification(notification);
    for (const report of reports) {
      this.#report(report);
      const refusal = this.#refusals.note(report, this.#clock.monotonicMs());
      if (refusal) this.#options.onRefusal?.(refusal);
      else if (!this.#isTellingRefusals) void this.#tellRefusals();
    }
  }

  async #callBack(input: Input, atMs: number): Promise<void> {
    try {
      // A sleep may end a fraction of a millisecond early, and a timer that is early is one that never fires.
      for (
        let waitMs = atMs - this.#clock.monotonicMs();
        waitMs > 0;
        waitMs = atMs - this.#clock.monotonicMs()
      ) await this.#clock.sleep(Math.ceil(waitMs), this.#abort.signal);
      // Where the process stood still, what arrived meanwhile is read before its timers are believed.
      const lateMs = this.#clock.monotonicMs() - atMs;
      if (lateMs > lateMsMin) {
        await this.#clock.sleep(Math.min(lateMs, lateMsMax), this.#abort.signal);
      }
    } catch {
      return; // stopped
    }
    this.#take(input);
  }

  /** Dials, writes, and reads the answer where one is wanted; however it ends, `step()` hears of it. */
  async #exchange({ exchange, to, bytes, wantsAnswer, timeoutMs }: Dial): Promise<void> {
    const startMs = this.#clock.monotonicMs();
    let answer: StreamMessage | undefined;
    let failure: Problem | undefined;
    try {
      const connection = await this.#transport.dial(to, timeoutMs);
      const leftMs = Math.max(1, timeoutMs - (this.#clock.monotonicMs() - startMs));
      const deadline = this.#closeAfter(connection, leftMs);
      try {
        await connection.write(bytes);
        if (wantsAnswer) answer = await this.#readMessage(connection, "dialler");
      } finally {
        deadline.abort();
        connection.close();
      }
    } catch (error) {
      failure = unreachableProblem(to, error);
    }
    if (answer) this.#take({ kind: "answer", exchange, message: answer });
    else this.#take({ kind: "ended", exchange, problem: failure });
  }

  /** Reads the first message of a connection that a peer opened. */
  async #serve(connection: Connection): Promise<void> {
    if (this.#abort.signal.aborted || !this.#makeRoom(connection.peer)) return connection.close();
    const stream = ++this.#streamCount;
    const from = connection.peer;
    this.#streams.set(stream, connection);
    const deadline = this.#closeAfter(connection, this.#options.settings.streamTimeoutMs);
    const { servedBytesMax = servedBytesMaxDefault } = this.#options;
    let held = 0;
    const hold = (bytes: number) => {
      held += bytes;
      this.#heldBytes += bytes;
      checkBound(this.#heldBytes, servedBytesMax, "what all peers' connections hold together");
    };
    try {
      const message = await this.#readMessage(connection, "acceptor", hold);
      this.#take({ kind: "stream", stream, from, message });
    } catch (error) {
      this.#take({ kind: "unreadable", stream, from, problem: brokenStream(error) });
    } finally {
      this.#heldBytes -= held;
      deadline.abort();
    }
  }

  /** Returns whether a connection from there can be served, having closed another where that was needed. */
  #makeRoom({ host }: Endpoint): boolean {
    if (this.#streams.size < servedMax) return true;
    const held = [...this.#streams].map(([stream, { peer }]) => [stream, peer.host] as const);
    const stream = whoGivesWay(held, host);
    if (stream === undefined) return false;
    this.#streams.get(stream)?.close();
    return this.#streams.delete(stream);
  }

  async #readMessage(
    connection: Connection,
    role: "dialler" | "acceptor",
    hold: (bytes: number) => void = () => {},
  ): Promise<StreamMessage> {
    const { label, keyring, settings: { skipLabelCheck, acceptPlain } } = this.#swim;
    const reader = new StreamReader({ label, keyring, skipLabelCheck, acceptPlain, role });
    for (;;) {
      const chunk = await connection.read();
      if (!chunk) throw new ConnectionClosed("It closed the connection before its message ended");
      hold(chunk.length);
      const message = reader.push(chunk);
      if (message) return message;
    }
  }

  async #reply(stream: number, bytes: Uint8Array): Promise<void> {
    const connection = this.#streams.get(stream);
    if (!connection) return;
    const deadline = this.#closeAfter(connection, this.#options.settings.streamTimeoutMs);
    try {
      if (bytes.length > 0) await connection.write(bytes);
    } catch {
      // The peer went away: it will ask again.
    } finally {
      deadline.abort();
      connection.close();
      this.#streams.delete(stream);
    }
  }

  /** Closes a connection that takes too long, which ends its pending read or write. */
  #closeAfter(connection: Connection, timeoutMs: number): AbortController {
    const done = new AbortController();
    const signal = AbortSignal.any([done.signal, this.#abort.signal]);
    this.#clock.sleep(timeoutMs, signal).then(() => connection.close(), () => {});
    return done;
  }

  /** Tells what was only counted, when its time has come, so that the last of an attack is told too. */
  async #tellRefusals(): Promise<void> {
    this.#isTellingRefusals = true;
    try {
      for (let due = this.#refusals.dueMs; due !== undefined; due = this.#refusals.dueMs) {
        const waitMs = due - this.#clock.monotonicMs();
        if (waitMs > 0) await this.#clock.sleep(Math.ceil(waitMs), this.#abort.signal);
        for (const refusal of this.#refusals.take(this.#clock.monotonicMs())) {
          this.#options.onRefusal?.(refusal);
        }
      }
    } catch {
      // Stopped.
    } finally {
      this.#isTellingRefusals = false;
    }
  }

  #report(it: Problem): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#reports.sinceMs > reportWindowMs) {
      const { dropped } = this.#reports;
      if (dropped > 0) this.#logger.log("warning", "More gossip was refused", { count: dropped });
      this.#reports = { sinceMs: nowMs, logged: 0, dropped: 0 };
    }
    if (this.#reports.logged >= reportsMax) {
      this.#reports.dropped++;
      return;
    }
    this.#reports.logged++;
    const { code, what, why, where } = it;
    this.#logger.log("warning", what, { code, why, peer: where?.host });
  }
}
