/** What stories of clusters have found, told again each by itself. */
import assert from "node:assert/strict";
import { SimulatedCluster } from "../../core/sim/cluster/mod.ts";
import { clusterParts, embedded, wholeRequest } from "../support/cluster/cluster_service.ts";

async function clusterOf(hosts: number): Promise<SimulatedCluster> {
  const options = { seed: 1, hosts, parts: clusterParts, embedded };
  const cluster = await SimulatedCluster.formed(options);
  await cluster.start();
  await cluster.clock.advance(5_000);
  return cluster;
}

function useCases(cluster: SimulatedCluster, host: number) {
  return cluster.hosts[host].life!.agent!.useCases;
}

function claimsIn(cluster: SimulatedCluster): string[] {
  return Object.keys(cluster.shared.texts("/hosts")).filter((path) =>
    /\/claims\/tcp\/\d+$/.test(path)
  );
}

Deno.test("a claim that a deploy left is freed on a host that never had anything of its service", async () => {
  const cluster = await clusterOf(2);
  await cluster.clock.run(
    useCases(cluster, 0).deploy(wholeRequest("alpha", { version: "v1", count: 1 })),
  );
  await cluster.clock.advance(10_000);
  const [held] = claimsIn(cluster);
  const [, host, port] = held.match(/^\/hosts\/(\w+)\/claims\/tcp\/(\d+)$/)!;
  const other = host === "h1" ? "h2" : "h1";
  const left = cluster.shared.text(held)!.replaceAll("http-0", "http-7");
  cluster.shared.makeDirectory(`/hosts/${other}/claims/tcp`, 0o755, true);
  cluster.shared.writeNew(
    `/hosts/${other}/claims/tcp/${port}`,
    new TextEncoder().encode(left),
    0o644,
  );
  await cluster.clock.advance(240_000);
  assert.deepEqual(claimsIn(cluster), [held]);
});
