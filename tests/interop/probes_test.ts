/** Failure detection between our members and real memberlist nodes while the network is bad. */
import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { quickSettings } from "../support/gossip_peer.ts";
import { forger, interop, LossyTransports, sees } from "./mixed.ts";

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
}, { tries: 3 });

interop("TCP keeps a member alive whose UDP from us is cut", async (mixed) => {
  const lossy = new LossyTransports();
  const [real, ours] = [await mixed.real("real"), await mixed.ours("ours", {}, lossy)];
  ours.gossip.join([real.endpoint]);
  await sees(real, "ours", "alive");
  await eventually(() => ours.sees("real") === "alive");
  lossy.blocked.add(real.endpoint.port);
  await eventually(() => ours.logger.lines.some(({ message }) => message.includes("only by TCP")));
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  assert.equal(ours.sees("real"), "alive");
  assert.equal(await real.sees("ours"), "alive");
  assert.equal(real.events("left").length, 0);
}, { tries: 3 });

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
