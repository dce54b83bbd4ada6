import assert from "node:assert/strict";
import type { HostView, KeysView } from "../../core/api/mod.ts";
import { addKey, formatRing, parseRing } from "../../core/trust/mod.ts";
import { eventuallyDone, StartedCluster } from "../support/started_cluster.ts";

const random = {
  next: () => 0.5,
  bytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)),
};

Deno.test("key rotate replaces the key everywhere, goes on where it was cut short, and reaches who was away", async () => {
  await StartedCluster.with(["alpha", "beta", "gamma"], async (cluster) => {
    const alpha = cluster.of("alpha");
    const gamma = cluster.of("gamma");
    const first: KeysView = await alpha.ask("cluster", "key", "list");
    assert.deepEqual(first.hosts.map(({ generation }) => generation), [1, 1, 1]);

    // A rotation that was cut short: beta has a ring with a key that nobody uses yet.
    await cluster.of("beta").stop();
    const path = `${cluster.of("beta").directory}/var/trust/gossip.keys`;
    const ring = parseRing(await Deno.readTextFile(path));
    await Deno.writeTextFile(path, formatRing(addKey(ring, random)));
    await cluster.start("beta");
    await cluster.untilAllAlive();
    const second: KeysView = await alpha.ask("cluster", "key", "rotate");
    assert.deepEqual([second.rotation, second.keys.length], ["none", 1]);
    assert.notEqual(second.keys[0].id, first.keys[0].id);
    assert.deepEqual(second.hosts.map(({ generation }) => generation), [4, 4, 4]);

    // A host that is away gets the keys when it comes back; until it is known to be away, nothing is lost.
    await gamma.stop("SIGKILL");
    const early = await alpha.run(["cluster", "key", "rotate"]);
    if (early.code !== 0) assert.match(early.stderr, /TRUST_KEYS_UNFINISHED[^]*gamma/);
    await eventuallyDone(async () => await livenessOf(alpha, "gamma") === "dead");
    const third: KeysView = await alpha.ask("cluster", "key", "rotate");
    assert.deepEqual([third.rotation, third.keys.length], ["none", 1]);
    await cluster.start("gamma");
    await eventuallyDone(async () => await livenessOf(alpha, "gamma") === "alive");
    const last: KeysView = await gamma.ask("cluster", "key", "list");
    assert.deepEqual(new Set(last.hosts.map(({ generation }) => generation)).size, 1);
  });
});

async function livenessOf(
  agent: { ask(...args: string[]): Promise<HostView[]> },
  host: string,
): Promise<string | undefined> {
  return (await agent.ask("host", "list")).find(({ name }) => name === host)?.liveness;
}
