/** What our members and real memberlist nodes carry for their applications. */
import assert from "node:assert/strict";
import { sameBytes } from "../../core/gossip/codec/mod.ts";
import { eventually } from "../support/eventually.ts";
import { type GossipPeer, quickSettings } from "../support/gossip_peer.ts";
import { fromBase64, toBase64 } from "./memberlist_peer.ts";
import { forger, interop, random, sees, sha256, until } from "./mixed.ts";

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
    const { digest } = await real.request("digest");
    assert.equal(await sha256(theirs.state.slice()), digest);

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
    const theyGot = (payload: Uint8Array) =>
      eventually(() =>
        real.events("message").some((it) => sameBytes(fromBase64(it.payload), payload))
      );
    const weGot = (payload: Uint8Array) =>
      eventually(() => ours.messages().some((each) => sameBytes(each, payload)));
    for (const bytes of [0, 1, 300, 1_000]) {
      const [here, there] = [random(bytes), random(bytes)];
      ours.gossip.send("real", here, { isReliable: false });
      await real.request("bestEffort", { to: "ours", payload: toBase64(there) });
      await theyGot(here);
      await weGot(there);
    }
    const [here, there] = [random(1_048_576), random(1_048_576)];
    ours.gossip.send("real", here, { isReliable: true });
    await real.request("reliable", { to: "ours", payload: toBase64(there) });
    await theyGot(here);
    await weGot(there);
    const [told, heard] = [random(200), random(200)];
    ours.gossip.broadcast(told);
    await real.request("broadcast", { payload: toBase64(heard) });
    await theyGot(told);
    await weGot(heard);
  },
);

interop(
  "new metadata of 512 bytes is known to all of a mixed cluster, theirs and ours",
  async (mixed) => {
    const reals = [await mixed.real("real0"), await mixed.real("real1"), await mixed.real("real2")];
    const ours = [await mixed.ours("ours0"), await mixed.ours("ours1"), await mixed.ours("ours2")];
    for (const real of reals.slice(1)) await real.join(reals[0].endpoint);
    for (const each of ours) each.gossip.join([reals[0].endpoint]);
    for (const real of reals) await until(async () => await real.count() === 6);
    await eventually(() => ours.every((each) => each.count() === 6));

    const [here, there] = [random(512), random(512)];
    ours[0].gossip.update(here);
    await reals[1].request("update", { meta: toBase64(there) });
    const metaOf = (each: GossipPeer, name: string) =>
      each.gossip.members().find((member) => member.name === name)?.meta;
    await eventually(() =>
      ours.slice(1).every((each) => sameBytes(metaOf(each, "ours0")!, here)) &&
      ours.every((each) => sameBytes(metaOf(each, "real1")!, there))
    );
    await eventually(() =>
      reals.every((real) =>
        real.events("updated").some(({ name, meta }) =>
          name === "ours0" && sameBytes(fromBase64(meta), here)
        )
      )
    );
  },
);
