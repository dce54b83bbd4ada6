/** Our members and real memberlist nodes in one cluster, over real sockets. */
import assert from "node:assert/strict";
import type { GossipOptions } from "../../core/gossip/mod.ts";
import {
  decodePacketMessages,
  encodePacketMessage,
  openPacket,
  type PacketMessage,
  sealPacket,
} from "../../core/gossip/codec/mod.ts";
import type { Endpoint, Transport, TransportListener, Transports } from "../../core/ports/mod.ts";
import { networkTransports } from "../../core/platform/mod.ts";
import { eventually } from "../support/eventually.ts";
import { GossipPeer, quickSettings } from "../support/gossip_peer.ts";
import { testWith } from "../support/needs.ts";
import {
  fromBase64,
  type MemberlistPeer,
  MemberlistProcess,
  type PeerOptions,
} from "./memberlist_peer.ts";

const quick = { probeMs: 200, timeoutMs: 100, gossipMs: 20 };
const noLabel = { label: new Uint8Array(0) };
const random = (bytes: number) => {
  const all = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at += 65_536) crypto.getRandomValues(all.subarray(at, at + 65_536));
  return all;
};

/** What a test has at hand: it starts nodes, all of which end with it. */
class Mixed {
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

function interop(name: string, act: (mixed: Mixed) => Promise<void>): void {
  testWith(["memberlist"], `interop with memberlist: ${name}`, async () => {
    const mixed = new Mixed(await MemberlistProcess.start());
    try {
      await act(mixed);
    } finally {
      await mixed.stop();
    }
  });
}

/** Waits for something that must be asked for. */
async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const untilMs = performance.now() + 30_000;
  while (!await isTrue()) {
    if (performance.now() > untilMs) throw new Error(`Not true in time: ${isTrue}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const sees = (peer: MemberlistPeer, name: string, state: string | undefined) =>
  until(async () => await peer.sees(name) === state);

interop("each joins the other, sees its metadata, and hears it leave", async (mixed) => {
  const real = await mixed.real("real", { meta: random(512) });
  const ours = await mixed.ours("ours", { meta: random(512) });
  ours.gossip.join([real.endpoint]);
  await eventually(() => ours.told("reached") && ours.sees("real") === "alive");
  await sees(real, "ours", "alive");
  const second = await mixed.real("second");
  await second.join(ours.endpoint);
  await sees(second, "real", "alive");
  await eventually(() => ours.sees("second") === "alive");

  const { members } = await real.request("members");
  const [self] = ours.gossip.members().filter(({ name }) => name === "ours");
  assert.deepEqual(fromBase64(members?.find(({ name }) => name === "ours")?.meta), self.meta);
  const known = ours.gossip.members().find(({ name }) => name === "real");
  assert.deepEqual(known?.meta, fromBase64(members?.find(({ name }) => name === "real")?.meta));

  const meta = random(512);
  ours.gossip.update(meta);
  await eventually(() => second.events("updated").some((it) => it.name === "ours"));
  await second.request("update", { meta: btoa("new") });
  await eventually(() => ours.told("updated", "second"));

  await second.request("leave");
  await eventually(() => ours.told("left", "second"));
  ours.gossip.leave();
  await eventually(() => ours.told("departed"));
  await eventually(() => real.events("left").some((it) => it.name === "ours"));
});

interop("each finds out that the other died", async (mixed) => {
  const [one, two] = [await mixed.real("one"), await mixed.real("two")];
  const [three, four] = [await mixed.ours("three"), await mixed.ours("four")];
  await two.join(one.endpoint);
  three.gossip.join([one.endpoint]);
  four.gossip.join([one.endpoint]);
  await until(async () => await one.count() === 4 && await two.count() === 4);
  await eventually(() => three.count() === 4 && four.count() === 4);
  await four.stop();
  await eventually(() => three.told("failed", "four"));
  await eventually(() => one.events("left").some((it) => it.name === "four"));
  await two.request("stop");
  await eventually(() => three.told("failed", "two"));
  await eventually(() => one.events("left").some((it) => it.name === "two"));
});

interop("we refute a suspicion, a death and a foreign announcement; so do they", async (mixed) => {
  const real = await mixed.real("real");
  const ours = await mixed.ours("ours");
  ours.gossip.join([real.endpoint]);
  await sees(real, "ours", "alive");
  const incarnation = (name: string) =>
    ours.gossip.members().find((member) => member.name === name)!.incarnation;
  const forge = await forger();
  try {
    const accusations = (node: string): PacketMessage[] => [
      { type: "suspect", incarnation: incarnation(node), node, from: "ghost" },
      { type: "dead", incarnation: 50, node, from: "ghost" },
      {
        type: "alive",
        incarnation: 200,
        node,
        addr: Uint8Array.of(127, 0, 0, 1),
        port: (node === "ours" ? ours.endpoint : real.endpoint).port,
        meta: new TextEncoder().encode("forged"),
        vsn: Uint8Array.of(1, 5, 2, 0, 0, 0),
      },
    ];
    for (const [node, to] of [["ours", real.endpoint], ["real", ours.endpoint]] as const) {
      for (const accusation of accusations(node)) {
        const before = Math.max(incarnation(node), accusation.type === "alive" ? 200 : 0);
        forge.send(to, accusation);
        await eventually(() => incarnation(node) > before && ours.sees(node) === "alive");
        await sees(real, node, "alive");
      }
    }
    assert.ok(incarnation("ours") >= 201 && incarnation("real") >= 201);
    const { members } = await real.request("members");
    const meta = fromBase64(members?.find(({ name }) => name === "ours")?.meta);
    assert.equal(new TextDecoder().decode(meta), "ours");
  } finally {
    await forge.stop();
  }
});

interop("a member that left comes back at another port, theirs and ours", async (mixed) => {
  const [seed, ours] = [await mixed.real("seed"), await mixed.ours("ours")];
  const real = await mixed.real("real");
  ours.gossip.join([seed.endpoint]);
  await real.join(seed.endpoint);
  await eventually(() => ours.sees("real") === "alive");
  await real.request("leave");
  await real.request("stop");
  await eventually(() => ours.sees("real") === "left");
  const again = await mixed.real("real");
  assert.notEqual(again.endpoint.port, real.endpoint.port);
  await again.join(seed.endpoint);
  await eventually(() => ours.sees("real") === "alive");

  ours.gossip.leave();
  await eventually(() => ours.told("departed"));
  await ours.stop();
  await sees(seed, "ours", undefined); // memberlist lists no member that left
  const back = await mixed.ours("ours");
  back.gossip.join([seed.endpoint]);
  await sees(seed, "ours", "alive");
  await sees(again, "ours", "alive");
});

for (const keyBytes of [16, 24, 32]) {
  interop(
    `${keyBytes}-byte keys and a label join; wrong key, no key and wrong label do not`,
    async (mixed) => {
      const keys = [random(keyBytes)];
      const settings = { ...quickSettings, label: "khutulun" };
      const real = await mixed.real("real", { keys, label: "khutulun" });
      const ours = await mixed.ours("ours", { keys, settings });
      ours.gossip.join([real.endpoint]);
      await sees(real, "ours", "alive");
      await eventually(() => ours.sees("real") === "alive");

      const strangers: GossipPeer[] = [];
      const wrong: Partial<GossipOptions>[] = [
        { keys: [random(keyBytes)], settings },
        { settings },
        { keys, settings: { ...quickSettings, label: "other" } },
        { keys },
      ];
      for (const [number, options] of wrong.entries()) {
        const stranger = await mixed.ours(`stranger${number}`, options);
        stranger.gossip.join([real.endpoint, ours.endpoint]);
        strangers.push(stranger);
      }
      await eventually(() =>
        strangers.every(({ notifications }) =>
          notifications.filter(({ kind }) => kind === "unreached").length === 2
        )
      );
      for (
        const options of [{ keys: [random(keyBytes)], label: "khutulun" }, { keys, label: "x" }]
      ) {
        const stranger = await mixed.real(`real-stranger-${options.label}`, options);
        await assert.rejects(stranger.join(ours.endpoint));
      }
      assert.equal(await real.count(), 2);
      assert.equal(ours.count(), 2);
    },
  );
}

interop("keys rotate on eight mixed members, and nobody is lost", async (mixed) => {
  const [older, newer] = [random(32), random(16)];
  const reals: MemberlistPeer[] = [];
  const ours: GossipPeer[] = [];
  for (let i = 0; i < 4; i++) {
    reals.push(await mixed.real(`real${i}`, { keys: [older] }));
    ours.push(await mixed.ours(`ours${i}`, { keys: [older] }));
  }
  for (const real of reals.slice(1)) await real.join(reals[0].endpoint);
  for (const each of ours) each.gossip.join([reals[0].endpoint]);
  const all = async () => {
    for (const real of reals) await until(async () => await real.count() === 8);
    await eventually(() => ours.every((each) => each.count() === 8));
  };
  await all();
  const everywhere = async (action: "add" | "use" | "remove", key: Uint8Array) => {
    for (const real of reals) {
      await real.request(`${action}Key`, { key: btoa(String.fromCharCode(...key)) });
    }
    for (const each of ours) each.gossip.changeKey(action, key);
    await new Promise((resolve) => setTimeout(resolve, 500)); // gossip goes on between the steps
  };
  await everywhere("add", newer);
  await everywhere("use", newer);
  await everywhere("remove", older);
  ours[0].gossip.update(random(20));
  await eventually(() =>
    reals.every((real) => real.events("updated").some((it) => it.name === "ours0"))
  );
  await all();
  assert.ok(ours.every((each) => !each.told("failed")));
  assert.ok(reals.every((real) => real.events("left").length === 0));
});

interop(
  "1,000 members with 500-byte metadata and 5 MB of user state pass both ways",
  async (mixed) => {
    const settings = { ...quickSettings, probeIntervalMs: 60_000, probeTimeoutMs: 30_000 };
    const stateBytes = 5 * 1_048_576;
    const ours = await mixed.ours("ours", { settings });
    const state = random(stateBytes);
    ours.gossip.setUserState(state);
    const forge = await forger();
    try {
      // A busy machine drops datagrams: what did not arrive is sent again.
      for (let round = 0; round < 50 && ours.gossip.members().length < 1_001; round++) {
        const known = new Set(ours.gossip.members().map(({ name }) => name));
        for (let i = 0; i < 1_000; i++) {
          if (known.has(`phantom-${i}`)) continue;
          forge.send(ours.endpoint, {
            type: "alive",
            incarnation: 1,
            node: `phantom-${i}`,
            addr: Uint8Array.of(127, 1, i >> 8, i & 255),
            port: 9,
            meta: new Uint8Array(500).fill(i),
            vsn: Uint8Array.of(1, 5, 2, 0, 0, 0),
          });
          if (i % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      await eventually(() => ours.gossip.members().length === 1_001);
    } finally {
      await forge.stop();
    }
    // A slow failure detector: the phantoms answer nobody.
    const real = await mixed.real("real", { stateBytes, probeMs: 60_000, timeoutMs: 30_000 });
    await real.join(ours.endpoint);
    assert.equal(await real.count(), 1_002);
    const [merged] = real.events("userState");
    assert.equal(merged.digest, await sha256(state));
    await eventually(() => ours.told("userState"));
    const theirs = ours.notifications.find((it) => it.kind === "userState");
    assert.equal(theirs?.state.length, stateBytes);

    const late = await mixed.ours("late", { settings });
    late.gossip.join([real.endpoint]);
    await eventually(() => late.gossip.members().length === 1_003);
    const phantom = late.gossip.members().find(({ name }) => name === "phantom-777");
    assert.deepEqual(phantom?.meta, new Uint8Array(500).fill(777));
  },
);

interop(
  "broadcasts, best-effort and 1 MB reliable messages arrive byte for byte, both ways",
  async (mixed) => {
    const [real, ours] = [await mixed.real("real"), await mixed.ours("ours")];
    ours.gossip.join([real.endpoint]);
    await sees(real, "ours", "alive");
    await eventually(() => ours.sees("real") === "alive");
    const same = (one: Uint8Array, other: Uint8Array) =>
      one.length === other.length && one.every((byte, i) => byte === other[i]);
    const theyGot = (payload: Uint8Array) =>
      eventually(() => real.events("message").some((it) => same(fromBase64(it.payload), payload)));
    const weGot = (payload: Uint8Array) =>
      eventually(() => ours.messages().some((each) => same(each, payload)));
    const base64 = (payload: Uint8Array) =>
      btoa(Array.from(payload, (byte) => String.fromCharCode(byte)).join(""));
    for (const bytes of [0, 1, 300, 1_000]) {
      const [here, there] = [random(bytes), random(bytes)];
      ours.gossip.send("real", here, { isReliable: false });
      await real.request("bestEffort", { to: "ours", payload: base64(there) });
      await theyGot(here);
      await weGot(there);
    }
    const [here, there] = [random(1_048_576), random(1_048_576)];
    ours.gossip.send("real", here, { isReliable: true });
    await real.request("reliable", { to: "ours", payload: base64(there) });
    await theyGot(here);
    await weGot(there);
    const [told, heard] = [random(200), random(200)];
    ours.gossip.broadcast(told);
    await real.request("broadcast", { payload: base64(heard) });
    await theyGot(told);
    await weGot(heard);
  },
);

interop("TCP keeps a member alive whose UDP is cut one way", async (mixed) => {
  const [real, ours] = [await mixed.real("real"), await mixed.ours("ours")];
  ours.gossip.join([real.endpoint]);
  await sees(real, "ours", "alive");
  await eventually(() => ours.sees("real") === "alive");
  const to = `${ours.endpoint.host}:${ours.endpoint.port}`;
  await real.request("faults", { blockTo: [to] });
  await eventually(() => ours.logger.lines.some(({ message }) => message.includes("only by TCP")));
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  assert.equal(ours.sees("real"), "alive");
  assert.equal(await real.sees("ours"), "alive");
  assert.equal(real.events("left").length, 0);
});

interop("we relay pings between two that cannot reach each other", async (mixed) => {
  const one = await mixed.real("one", { noTcpPings: true });
  const two = await mixed.real("two", { noTcpPings: true });
  const ours = await mixed.ours("ours");
  await two.join(one.endpoint);
  ours.gossip.join([one.endpoint]);
  await sees(two, "ours", "alive");
  await one.request("faults", { blockTo: [`127.0.0.1:${two.endpoint.port}`] });
  await two.request("faults", { blockTo: [`127.0.0.1:${one.endpoint.port}`] });
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  assert.equal(await one.sees("two"), "alive");
  assert.equal(await two.sees("one"), "alive");
  assert.equal(one.events("left").length + two.events("left").length, 0);
});

interop("they relay our pings", async (mixed) => {
  const settings = { ...quickSettings, streamPing: false };
  const lossy = new LossyTransports();
  const one = await mixed.ours("one", { settings }, lossy);
  const two = await mixed.ours("two", { settings });
  const relay = await mixed.real("relay");
  one.gossip.join([relay.endpoint]);
  two.gossip.join([relay.endpoint]);
  await eventually(() => one.sees("two") === "alive" && two.sees("one") === "alive");
  lossy.blocked.add(two.endpoint.port);
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  assert.equal(one.sees("two"), "alive");
  assert.ok(!one.told("failed", "two"));
});

interop("hostile packets and streams move nothing", async (mixed) => {
  const [real, ours] = [await mixed.real("real"), await mixed.ours("ours")];
  ours.gossip.join([real.endpoint]);
  await sees(real, "ours", "alive");
  await eventually(() => ours.sees("real") === "alive");
  const { host, port } = ours.endpoint;
  const hex = (text: string) =>
    Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  const forge = await forger();
  try {
    const packets = [
      "0702ffffffff",
      "0c00000000",
      "0982a4416c676f00a3427566a3ffffff",
      "f400",
      "ff",
      "0381a158df7fffffff",
    ];
    for (const packet of packets) forge.sendBytes(ours.endpoint, hex(packet));
    for (let i = 0; i < 300; i++) forge.sendBytes(ours.endpoint, random(200));
    await eventually(() => ours.logger.lines.length > 5);
  } finally {
    await forge.stop();
  }
  for (
    const stream of [
      "0681a54e6f646573d27fffffff",
      "0a7fffffff",
      "0881aa557365724d73674c656ed27fffffff",
      "06",
    ]
  ) {
    const conn = await Deno.connect({ hostname: host, port });
    await conn.write(hex(stream));
    conn.close();
  }
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  assert.equal(ours.count(), 2);
  assert.equal(await real.sees("ours"), "alive");
  assert.ok(ours.logger.lines.length <= 25, "hostile packets do not fill the log");
});

interop("each answers the other's pings in the form that the other expects", async (mixed) => {
  const [real, ours] = [await mixed.real("real"), await mixed.ours("ours")];
  const forge = await forger();
  try {
    for (const [node, to] of [["real", real.endpoint], ["ours", ours.endpoint]] as const) {
      forge.send(to, {
        type: "ping",
        seqNo: 77,
        node,
        sourceAddr: new Uint8Array(0),
        sourcePort: 0,
        sourceNode: "",
      });
      await eventually(() => forge.heard.length > 0);
      const acks = forge.heard.splice(0).filter(({ type }) => type === "ack"); // gossip may ride on it
      assert.deepEqual(acks, [{
        type: "ack",
        seqNo: 77,
        payload: new Uint8Array(0),
      }]);
    }
  } finally {
    await forge.stop();
  }
});

/** A bare socket that sends what it is told to. */
async function forger() {
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
class LossyTransports implements Transports {
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

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return Array.from(
    new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("");
}
