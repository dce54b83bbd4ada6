/** Failure detection between our members and real memberlist nodes while the network is bad. */
import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { type GossipPeer, quickSettings } from "../support/gossip_peer.ts";
import type { MemberlistPeer } from "./memberlist_peer.ts";
import { forger, interop, LossyTransports, type Mixed, sees } from "./mixed.ts";

/** A real node and one of ours between which `cut` ends the datagrams of one way: both still believe each other alive. */
async function livesByTcp(
  mixed: Mixed,
  cut: (real: MemberlistPeer, ours: GossipPeer, lossy: LossyTransports) => unknown,
): Promise<void> {
  const lossy = new LossyTransports();
  const [real, ours] = [await mixed.real("real"), await mixed.ours("ours", {}, lossy)];
  ours.gossip.join([real.endpoint]);
  await sees(real, "ours", "alive");
  await eventually(() => ours.sees("real") === "alive");
  await cut(real, ours, lossy);
  await eventually(() => ours.logger.lines.some(({ message }) => message.includes("only by TCP")));
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  assert.equal(ours.sees("real"), "alive");
  assert.equal(await real.sees("ours"), "alive");
  assert.equal(real.events("left").length, 0);
}

interop("TCP keeps a member alive whose UDP is cut one way", (mixed) =>
  livesByTcp(
    mixed,
    (real, { endpoint: { host, port } }) =>
      real.request("faults", { blockTo: [`${host}:${port}`] }),
  ), { tries: 3 });

interop(
  "TCP keeps a member alive whose UDP from us is cut",
  (mixed) => livesByTcp(mixed, (real, _ours, lossy) => lossy.blocked.add(real.endpoint.port)),
  { tries: 3 },
);

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
}, { tries: 3 });

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
}, { tries: 3 });

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
