/** Encryption and labels between our members and real memberlist nodes. */
import assert from "node:assert/strict";
import type { GossipOptions } from "../../core/gossip/mod.ts";
import { eventually } from "../support/eventually.ts";
import { type GossipPeer, quickSettings } from "../support/gossip_peer.ts";
import type { MemberlistPeer } from "./memberlist_peer.ts";
import { interop, random, sees, until } from "./mixed.ts";

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
      await until(async () => await real.count() === 2);
      await eventually(() => ours.count() === 2);
      assert.equal(ours.gossip.members().length, 2);
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
}, { tries: 3 });
