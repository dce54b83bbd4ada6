/** Real members over real sockets on loopback. */
import assert from "node:assert/strict";
import net from "node:net";
import { networkTransports } from "../../core/platform/mod.ts";
import { GossipPeer, quickSettings } from "../support/gossip_peer.ts";
import { testWith } from "../support/needs.ts";
import { eventually } from "../support/eventually.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const utf8 = (value: string) => new TextEncoder().encode(value);

async function withPeers(peers: GossipPeer[], act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } finally {
    await Promise.all(peers.map(({ gossip }) => gossip.stop()));
  }
}

for (const host of ["127.0.0.1", "::1"]) {
  testWith(
    host === "::1" ? ["ipv6"] : [],
    `Gossip over ${host}: members join, exchange messages and state, fail and leave`,
    async () => {
      const listen = { host, port: 0 };
      const peers: GossipPeer[] = [];
      for (const name of ["alpha", "bravo", "charlie"]) {
        peers.push(await GossipPeer.start(name, { listen, keys: [new Uint8Array(24).fill(7)] }));
      }
      const [alpha, bravo, charlie] = peers;
      await withPeers(peers, async () => {
        alpha.gossip.setUserState(utf8("state of alpha"));
        bravo.gossip.join([alpha.gossip.local]);
        charlie.gossip.join([alpha.gossip.local]);
        await eventually(() => peers.every((peer) => peer.gossip.members().length === 3));
        assert.ok(
          bravo.notifications.some((it) =>
            it.kind === "userState" && text(it.state) === "state of alpha"
          ),
        );

        const large = crypto.getRandomValues(new Uint8Array(65_536));
        bravo.gossip.send("charlie", large, { isReliable: true });
        await eventually(() => charlie.messages().length > 0);
        assert.deepEqual(charlie.messages()[0], large);
        alpha.gossip.broadcast(utf8("to all"));
        await eventually(() => bravo.messages().some((each) => text(each) === "to all"));

        alpha.gossip.update(utf8("new"));
        await eventually(() => charlie.notifications.some((it) => it.kind === "updated"));
        bravo.gossip.leave();
        await eventually(() => bravo.notifications.some(({ kind }) => kind === "departed"));
        await eventually(() => alpha.sees("bravo") === "left" && charlie.sees("bravo") === "left");
        await charlie.gossip.stop();
        await eventually(() => alpha.sees("charlie") === "dead");
      });
    },
  );
}

Deno.test("Gossip takes hostile connections and packets and stays in the cluster", async () => {
  const peers = [await GossipPeer.start("alpha"), await GossipPeer.start("bravo")];
  const [alpha, bravo] = peers;
  await withPeers(peers, async () => {
    bravo.gossip.join([alpha.gossip.local]);
    await eventually(() => alpha.sees("bravo") === "alive");
    const { host, port } = alpha.gossip.local;
    const attacks = [
      "",
      "06",
      "0681a54e6f646573d27fffffff",
      "f4",
      "f400",
      "0a00000010",
      "ff".repeat(2_000),
    ];
    for (const attack of attacks) {
      const conn = await Deno.connect({ hostname: host, port });
      const bytes = Uint8Array.from(attack.match(/../g) ?? [], (pair) => parseInt(pair, 16));
      if (bytes.length > 0) await conn.write(bytes);
      conn.close();
    }
    await eventually(() => alpha.logger.lines.length >= 5);
    assert.equal(alpha.sees("bravo"), "alive");
    assert.ok(alpha.logger.lines.every(({ level }) => level === "warning"));
  });
});

Deno.test("Gossip serves a bounded number of connections, and those that say nothing end", async () => {
  const settings = { ...quickSettings, streamTimeoutMs: 300 };
  const peers = [await GossipPeer.start("alpha", { settings })];
  await withPeers(peers, async () => {
    const { host, port } = peers[0].gossip.local;
    const held = await Promise.all(
      Array.from({ length: 140 }, () => Deno.connect({ hostname: host, port })),
    );
    const ends = held.map((conn) => conn.read(new Uint8Array(1)).catch(() => null));
    assert.deepEqual(new Set(await Promise.all(ends)), new Set([null]));
    for (const conn of held) conn.close();
  });
});

Deno.test("Gossip hears others while one address holds all connections", async () => {
  // Long enough that nothing ends by its deadline while this runs.
  const settings = { ...quickSettings, streamTimeoutMs: 600_000 };
  const peers = [await GossipPeer.start("alpha", { settings })];
  await withPeers(peers, async () => {
    const { host, port } = peers[0].gossip.local;
    const held = await Promise.all(
      Array.from({ length: 140 }, () => Deno.connect({ hostname: host, port })),
    );
    const ends = held.map((conn) => conn.read(new Uint8Array(1)).catch(() => null));
    await Promise.any(ends); // those beyond the bound are closed: all places are taken
    const other = net.connect({ host, port, localAddress: "127.0.0.2" });
    other.on("error", () => {});
    const isClosed = new Promise((resolve) => other.once("close", resolve));
    // What is not ours is reported with its address, which says that it was read.
    other.write(Uint8Array.of(0x06, 0x81));
    other.end();
    await isClosed;
    await eventually(() =>
      peers[0].logger.lines.some(({ fields }) => String(fields?.peer).startsWith("127.0.0.2:"))
    );
    for (const conn of held) conn.close();
  });
});

Deno.test("networkTransports.listen() names the port that is taken", async () => {
  const listener = { packet: () => {}, connection: () => {} };
  const first = await networkTransports.listen({ host: "127.0.0.1", port: 0 }, listener);
  try {
    await assert.rejects(networkTransports.listen(first.local, listener), /GOSSIP_PORT_TAKEN/);
  } finally {
    await first.close();
  }
});
