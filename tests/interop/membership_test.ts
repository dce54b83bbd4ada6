/** Our members and real memberlist nodes are members of one cluster: they come, go, fail and refute. */
import assert from "node:assert/strict";
import type { PacketMessage } from "../../core/gossip/codec/mod.ts";
import { eventually } from "../support/eventually.ts";
import { fromBase64 } from "./memberlist_peer.ts";
import { forger, interop, random, sees, until } from "./mixed.ts";

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

interop("over IPv6 each joins the other, and hears it leave", async (mixed) => {
  const real = await mixed.real("real", { bind: "::1" });
  const ours = await mixed.ours("ours", { listen: { host: "::1", port: 0 } });
  const late = await mixed.real("late", { bind: "::1" });
  ours.gossip.join([real.endpoint]);
  await late.join(ours.endpoint);
  for (const each of [real, late]) await until(async () => await each.count() === 3);
  await eventually(() => ours.count() === 3);
  const seen = ours.gossip.members().find(({ name }) => name === "late");
  assert.deepEqual([seen?.address.bytes.length, seen?.endpoint], [16, late.endpoint]);
  await late.request("leave");
  await eventually(() => ours.told("left", "late"));
  ours.gossip.leave();
  await eventually(() => real.events("left").some((it) => it.name === "ours"));
}, { needs: ["ipv6"] });
