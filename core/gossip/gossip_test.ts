import assert from "node:assert/strict";
import type { Clock, Connection, Endpoint, TransportListener, Transports } from "../ports/mod.ts";
import { RecordingLogger, SeededRandom, VirtualClock } from "../sim/mod.ts";
import { concatBytes, encodePacketMessage, noBytes, sealPacket, utf8 } from "./codec/mod.ts";
import { Gossip, type GossipOptions } from "./gossip.ts";
import type { Notification } from "./output.ts";
import type { Refusal } from "./refusals.ts";
import { gossipProfiles } from "./settings.ts";

/** Sleeps that end a fraction early, as timers of whole milliseconds do. */
class EarlyClock implements Clock {
  constructor(readonly inner: VirtualClock) {}
  nowMs = () => this.inner.nowMs();
  monotonicMs = () => this.inner.monotonicMs();
  sleep = (durationMs: number, signal?: AbortSignal) =>
    this.inner.sleep(Math.max(0.01, durationMs - 0.4), signal);
}

/** Datagrams within one process; nobody can be dialled. */
class MemoryTransports implements Transports {
  readonly listeners = new Map<number, TransportListener>();

  listen(at: Endpoint, listener: TransportListener) {
    this.listeners.set(at.port, listener);
    return Promise.resolve({
      local: at,
      sendPacket: (to: Endpoint, bytes: Uint8Array) => {
        queueMicrotask(() => this.listeners.get(to.port)?.packet(at, bytes));
      },
      dial: () => Promise.reject(new Error("refused")),
      close: () => {
        this.listeners.delete(at.port);
        return Promise.resolve();
      },
    });
  }
}

async function start(
  port: number,
  transports: Transports,
  clock: Clock,
  told: Notification[],
  more: Partial<GossipOptions> = {},
) {
  return await Gossip.start(
    { clock, random: new SeededRandom(port), transports, logger: new RecordingLogger() },
    {
      ...more,
      name: `m${port}`,
      listen: { host: "10.0.0.1", port },
      settings: gossipProfiles.lan,
      meta: new Uint8Array(0),
      onNotification: (it) => told.push(it),
    },
  );
}

Deno.test("Gossip declares a silent member dead although its timers end a fraction early", async () => {
  const virtual = new VirtualClock();
  const transports = new MemoryTransports();
  const told: Notification[] = [];
  const one = await start(1, transports, new EarlyClock(virtual), told);
  const two = await start(2, transports, virtual, []);
  const alive = encodePacketMessage({
    type: "alive",
    incarnation: 1,
    node: "m2",
    addr: Uint8Array.of(10, 0, 0, 1),
    port: 2,
    meta: noBytes,
    vsn: Uint8Array.of(1, 5, 2, 0, 0, 0),
  });
  transports.listeners.get(1)!.packet(two.local, sealPacket(alive, { label: noBytes }));
  await virtual.advance(2_000);
  assert.equal(told[0].kind, "joined");
  await two.stop();
  await virtual.advance(30_000);
  assert.deepEqual(told.map(({ kind }) => kind), ["joined", "suspected", "failed"]);
  await one.stop();
});

/** A connection that brings these bytes and then nothing, until it is closed. */
class SilentConnection implements Connection {
  readonly peer = { host: "10.0.0.9", port: 9 };
  readonly written: Uint8Array[] = [];
  readonly #closed = Promise.withResolvers<undefined>();
  #bytes: Uint8Array | undefined;
  isClosed = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(): Promise<Uint8Array | undefined> {
    const bytes = this.#bytes;
    this.#bytes = undefined;
    return bytes ? Promise.resolve(bytes) : this.#closed.promise;
  }

  write(bytes: Uint8Array): Promise<void> {
    this.written.push(bytes);
    return Promise.resolve();
  }

  close(): void {
    this.isClosed = true;
    this.#closed.resolve(undefined);
  }
}

/** The head of a user message of 1 MiB, and the first bytes of it. */
const begunMessage = (bytes: number) =>
  concatBytes(
    Uint8Array.of(8, 0x81, 0xaa),
    utf8("UserMsgLen"),
    Uint8Array.of(0xd2, 0, 16, 0, 0),
    new Uint8Array(bytes),
  );

Deno.test("Gossip bounds what all connections hold together, and has the room again once they end", async () => {
  const clock = new VirtualClock();
  const transports = new MemoryTransports();
  const gossip = await start(1, transports, clock, [], { servedBytesMax: 100_000 });
  const serve = async (count: number) => {
    const connections = Array.from(
      { length: count },
      () => new SilentConnection(begunMessage(30_000)),
    );
    for (const each of connections) transports.listeners.get(1)!.connection(each);
    await clock.advance(10);
    return connections;
  };
  const isClosed = (connections: SilentConnection[]) => connections.map((each) => each.isClosed);
  const first = await serve(6);
  assert.deepEqual(isClosed(first), [false, false, false, true, true, true]);
  assert.equal(gossip.refused.get("GOSSIP_LIMIT"), 3);
  await clock.advance(11_000); // the deadline of one exchange
  assert.ok(isClosed(first).every(Boolean));
  assert.deepEqual(isClosed(await serve(4)), [false, false, false, true]);
  await gossip.stop();
});

Deno.test("Gossip tells refusals seldom, the last of them too", async () => {
  const clock = new VirtualClock();
  const transports = new MemoryTransports();
  const refusals: Refusal[] = [];
  const gossip = await start(1, transports, clock, [], {
    onRefusal: (each) => refusals.push(each),
  });
  for (let i = 0; i < 500; i++) {
    transports.listeners.get(1)!.packet({ host: `10.0.0.${i % 250}`, port: i }, Uint8Array.of(255));
  }
  assert.deepEqual(refusals.map(({ count }) => count), [1]);
  await clock.advance(120_000);
  assert.deepEqual(refusals.map(({ code, count }) => [code, count]), [
    ["GOSSIP_MALFORMED", 1],
    ["GOSSIP_MALFORMED", 499],
  ]);
  assert.equal(gossip.refused.get("GOSSIP_MALFORMED"), 500);
  await gossip.stop();
});
