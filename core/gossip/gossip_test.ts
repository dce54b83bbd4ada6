import assert from "node:assert/strict";
import type { Clock, Endpoint, TransportListener, Transports } from "../ports/mod.ts";
import { RecordingLogger, SeededRandom, VirtualClock } from "../sim/mod.ts";
import { encodePacketMessage, noBytes, sealPacket } from "./codec/mod.ts";
import { Gossip } from "./gossip.ts";
import type { Notification } from "./output.ts";
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

async function start(port: number, transports: Transports, clock: Clock, told: Notification[]) {
  return await Gossip.start(
    { clock, random: new SeededRandom(port), transports, logger: new RecordingLogger() },
    {
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
