import assert from "node:assert/strict";
import type { Clock } from "../../ports/mod.ts";
import type { BusCall, BusConnection, BusSignal, ConnectBus } from "./bus.ts";
import { SystemdUnitWatch, unescapeUnitPath } from "./unit_watch.ts";

/** A bus in memory: `connections` are those made, newest last; the first `refusals` attempts fail. */
class FakeBus {
  readonly connections: { signal: (signal: BusSignal) => void; drop: () => void }[] = [];
  readonly asked: string[] = [];
  refusals = 0;

  readonly connect: ConnectBus = (_socket, onSignal) => {
    if (this.refusals-- > 0) return Promise.reject(new Error("refused"));
    const { promise: closed, resolve: drop } = Promise.withResolvers<void>();
    const connection: BusConnection = {
      closed,
      close: drop,
      addMatch: (rule) => Promise.resolve(void this.asked.push(rule)),
      call: ({ member }: BusCall) => {
        this.asked.push(member);
        this.connections.push({ signal: onSignal, drop });
        return Promise.resolve([]);
      },
    };
    return Promise.resolve(connection);
  };
}

/** A clock on which every sleep is over at once; it keeps how long each would have been. */
class HastyClock implements Clock {
  readonly slept: number[] = [];
  nowMs = () => 0;
  monotonicMs = () => 0;
  sleep = (durationMs: number, signal?: AbortSignal) => {
    if (signal?.aborted) return Promise.reject(signal.reason);
    this.slept.push(durationMs);
    return Promise.resolve();
  };
}

function changed(label: string): BusSignal {
  return {
    path: `/org/freedesktop/systemd1/unit/${label}`,
    interface: "org.freedesktop.DBus.Properties",
    member: "PropertiesChanged",
    body: ["org.freedesktop.systemd1.Unit", [], []],
  };
}

async function watched() {
  const bus = new FakeBus();
  const clock = new HastyClock();
  const told: (string | undefined)[] = [];
  const log: string[] = [];
  const logger = { log: (_: string, message: string) => void log.push(message) };
  const watch = new SystemdUnitWatch(clock, bus.connect, logger, { bus: "/bus" });
  const start = () => watch.watch((unit) => told.push(unit));
  return await Promise.resolve({ bus, clock, told, log, start });
}

/** Lets promises that are ready run. */
async function settle() {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

Deno.test("watch() tells the names of our units only, without .service", async () => {
  const { bus, told, start } = await watched();
  const stop = await start();
  const { signal } = bus.connections[0];
  signal(changed("khutulun_2eshop_2eweb_2d0_2eservice"));
  signal(changed("ssh_2eservice"));
  signal({ ...changed(""), path: "/org/freedesktop/systemd1", member: "UnitNew" });
  signal({
    path: "/org/freedesktop/systemd1",
    interface: "org.freedesktop.systemd1.Manager",
    member: "UnitRemoved",
    body: ["khutulun.shop.data-0.mount", "/org/…"],
  });
  assert.deepEqual(told, ["khutulun.shop.web-0", "khutulun.shop.data-0.mount"]);
  await stop();
});

Deno.test("watch() asks for matches before it subscribes, so that no change falls between", async () => {
  const { bus, start } = await watched();
  const stop = await start();
  assert.deepEqual(bus.asked.map((each) => each.replace(/.*member='(\w+)'.*/, "$1")), [
    "PropertiesChanged",
    "UnitRemoved",
    "Subscribe",
  ]);
  await stop();
});

Deno.test("watch() subscribes again when the bus went away, and says that all may have changed", async () => {
  const { bus, told, start } = await watched();
  const stop = await start();
  assert.deepEqual(told, []);
  bus.connections[0].drop();
  await settle();
  assert.equal(bus.connections.length, 2);
  assert.deepEqual(told, [undefined]);
  bus.connections[1].signal(changed("khutulun_2ea_2eservice"));
  assert.deepEqual(told, [undefined, "khutulun.a"]);
  await stop();
});

Deno.test("watch() goes on trying with longer waits where there is no bus, and logs each failure", async () => {
  const { bus, clock, told, log, start } = await watched();
  bus.refusals = 8;
  const stop = await start();
  await settle();
  assert.deepEqual(clock.slept, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
  assert.equal(log.length, 8);
  assert.deepEqual(told, [undefined]);
  await stop();
});

Deno.test("watch() ends its connection when stopped and makes no other", async () => {
  const { bus, start } = await watched();
  const stop = await start();
  await stop();
  await settle();
  assert.equal(bus.connections.length, 1);
});

Deno.test("unescapeUnitPath() gives back the unit's name", () => {
  assert.equal(unescapeUnitPath("a_2db_40c_2eservice"), "a-b@c.service");
  assert.equal(unescapeUnitPath("_c3_a9_5fx_2eservice"), "é_x.service");
});
