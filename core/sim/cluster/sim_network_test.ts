import assert from "node:assert/strict";
import { Gossip, gossipProfiles } from "../../gossip/mod.ts";
import type { Connection, Transport, TransportListener } from "../../ports/mod.ts";
import { Faults } from "../faults.ts";
import { oneWay, partition } from "../gossip/network_faults.ts";
import { RecordingLogger } from "../recording_logger.ts";
import { SeededRandom } from "../seeded_random.ts";
import { VirtualClock } from "../virtual_clock.ts";
import { HostClock, ProcessClock } from "./host_clock.ts";
import { type NetworkHost, SimNetwork } from "./sim_network.ts";

/** Hosts `h1`, `h2`, … with one process each. */
function world(seed: number | string = 1) {
  const clock = new VirtualClock();
  const network = new SimNetwork({ clock, random: new SeededRandom(seed) });
  const hosts: NetworkHost[] = [];
  const add = () => {
    const number = hosts.length + 1;
    const host: NetworkHost = {
      name: `h${number}`,
      address: `10.0.0.${number}`,
      clock: new HostClock(clock),
      isPowered: true,
    };
    hosts.push(host);
    network.add(host);
    const process = new Faults({ clock });
    return { host, process, transports: network.transports(host, process) };
  };
  return { clock, network, add };
}

async function listening(
  { transports, host }: ReturnType<ReturnType<typeof world>["add"]>,
  listener: Partial<TransportListener> = {},
): Promise<Transport> {
  return await transports.listen({ host: host.address, port: 7 }, {
    packet: () => {},
    connection: (connection) => connection.close(),
    ...listener,
  });
}

/** Sends back what it reads. */
async function echo(connection: Connection): Promise<void> {
  for (let bytes = await connection.read(); bytes; bytes = await connection.read()) {
    await connection.write(bytes);
  }
  connection.close();
}

const text = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes);
const bytesOf = (content: string) => new TextEncoder().encode(content);

Deno.test("sendPacket() arrives, is lost, doubled or stopped one way as the faults say", async () => {
  const { clock, network, add } = world();
  const [one, other] = [add(), add()];
  const got: string[] = [];
  const packet: TransportListener["packet"] = (from, bytes) =>
    void got.push(`${from.host} ${text(bytes)}`);
  const [a, b] = [await listening(one, { packet }), await listening(other, { packet })];
  const say = async (content: string) => {
    a.sendPacket(b.local, bytesOf(content));
    b.sendPacket(a.local, bytesOf(content));
    await clock.advance(100);
    return got.splice(0).sort();
  };
  assert.deepEqual(await say("hi"), ["10.0.0.1 hi", "10.0.0.2 hi"]);
  network.faults.duplication = 1;
  assert.equal((await say("twice")).length, 4);
  network.faults.duplication = 0;
  network.faults.loss = 1;
  assert.deepEqual(await say("lost"), []);
  network.faults.loss = 0;
  const lift = network.cut(oneWay(["h1"], ["h2"]));
  assert.deepEqual(await say("cut"), ["10.0.0.2 cut"]);
  lift();
  other.host.clock.freeze();
  assert.deepEqual(await say("frozen"), ["10.0.0.2 frozen"]);
  other.host.clock.thaw();
  assert.deepEqual(await say("thawed"), ["10.0.0.1 frozen", "10.0.0.1 thawed", "10.0.0.2 thawed"]);
  other.process.stop();
  assert.deepEqual(await say("dead"), []);
});

Deno.test("dial() gives a stream that keeps order and waits while it is cut", async () => {
  const { clock, network, add } = world();
  const [one, other] = [add(), add()];
  const a = await listening(one);
  const b = await listening(other, { connection: (connection) => void echo(connection) });
  const connection = await clock.run(a.dial(b.local, 1_000));
  await connection.write(bytesOf("one"));
  await connection.write(bytesOf("two"));
  assert.equal(text(await clock.run(connection.read())), "one");
  assert.equal(text(await clock.run(connection.read())), "two");
  const lift = network.cut(partition(["h1"]));
  await connection.write(bytesOf("three"));
  const late = connection.read();
  clock.schedule(5_000, lift);
  const startMs = clock.monotonicMs();
  assert.equal(text(await clock.run(late)), "three");
  assert.ok(clock.monotonicMs() - startMs >= 5_000);
});

Deno.test("dial() is refused where nobody listens, and times out where nothing answers", async () => {
  const { clock, network, add } = world();
  const [one, other] = [add(), add()];
  const a = await listening(one);
  const to = { host: other.host.address, port: 7 };
  await assert.rejects(clock.run(a.dial(to, 1_000)), /refused/);
  other.host.isPowered = false;
  await assert.rejects(clock.run(a.dial(to, 1_000)), /timed out/);
  other.host.isPowered = true;
  network.cut(oneWay(["h2"], ["h1"]));
  await assert.rejects(clock.run(a.dial(to, 1_000)), /timed out/);
});

Deno.test("a stream breaks with its process, and goes silent with its host", async () => {
  for (const [isPowered, ends] of [[true, /reset/], [false, /not done/]] as const) {
    const { clock, add } = world();
    const [one, other] = [add(), add()];
    const a = await listening(one);
    const b = await listening(other, { connection: () => {} });
    const connection = await clock.run(a.dial(b.local, 1_000));
    other.host.isPowered = isPowered;
    other.process.stop();
    const read = connection.read();
    clock.schedule(120_000, () => {});
    await assert.rejects(clock.run(read, 60_000), ends);
  }
});

Deno.test("gossip runs over the network: members meet, miss a dead one, and it is all the same again from one seed", async () => {
  const tell = async () => {
    const { clock, network, add } = world(9);
    network.faults.loss = 0.05;
    const members: { host: NetworkHost; process: Faults; gossip: Gossip }[] = [];
    for (let index = 0; index < 5; index++) {
      const { host, process, transports } = add();
      const own = new ProcessClock(host.clock);
      process.onStop(() => own.end());
      const gossip = await Gossip.start({
        clock: own,
        random: new SeededRandom(9).stream("gossip", host.name),
        transports,
        logger: new RecordingLogger(),
      }, {
        name: host.name,
        listen: { host: host.address, port: 7946 },
        settings: gossipProfiles.lan,
        meta: new Uint8Array(),
        onNotification: () => {},
      });
      gossip.join([{ host: "10.0.0.1", port: 7946 }]);
      members.push({ host, process, gossip });
    }
    await clock.advance(20_000);
    const seen = () =>
      members.filter(({ process }) => !process.isStopped).map(({ gossip }) =>
        gossip.members().filter(({ liveness }) => liveness === "alive").length
      );
    const together = seen();
    members[3].host.isPowered = false;
    members[3].process.stop();
    await clock.advance(60_000);
    return { together, apart: seen(), ...network.traffic };
  };
  const one = await tell();
  assert.deepEqual([one.together, one.apart], [[5, 5, 5, 5, 5], [4, 4, 4, 4]]);
  assert.deepEqual(await tell(), one);
});
