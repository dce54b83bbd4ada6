import { fail } from "../../base/mod.ts";
import type { ClusterSpec } from "../../store/mod.ts";
import type { AgentOptions } from "../agent_ports.ts";

/** Refuses an agent of another mode than its cluster's: one may not touch what the other has made. */
export function checkMode(cluster: ClusterSpec, options: Pick<AgentOptions, "mode">): void {
  if (cluster.mode === options.mode) return;
  fail("AGENT_WRONG_MODE", {
    what: `Cannot run the agent in ${options.mode} mode`,
    why: `Cluster "${cluster.name}" was seeded in ${cluster.mode} mode`,
    fix: cluster.mode === "system"
      ? "Run the agent as root"
      : "Run the agent as the cluster's user",
  });
}
