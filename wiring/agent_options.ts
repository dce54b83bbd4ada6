import type { AgentOptions } from "../core/agent/mod.ts";
import type { AgentPaths } from "../core/api/mod.ts";
import type { HostWorld } from "../core/platform/world/mod.ts";
import { version } from "./version.ts";

/** Where hosts of a cluster reach each other. */
const gossipPort = 7946;
const apiPort = 7947;

/**
 * Returns what the agent is told of itself. Where it listens is filled in once its address is known; relocated, it takes
 * free ports, so that any number of agents live on one machine.
 */
export function agentOptions(
  world: HostWorld,
  mode: "system" | "user",
  paths: AgentPaths,
  isRelocated: boolean,
): AgentOptions {
  const { systemd, boot, facts, problems } = world;
  const hostName = Deno.env.get("KHUTULUN_HOST") || world.hostName;
  return {
    version,
    listen: {
      gossip: { host: "", port: isRelocated ? 0 : gossipPort },
      api: { host: "", port: isRelocated ? 0 : apiPort },
    },
    state: paths.state,
    own: paths.own,
    config: paths.config,
    mode,
    systemd,
    hostName,
    boot,
    facts,
    paths: {
      units: paths.units,
      unitsLinked: !paths.areUnitsSearched,
      data: paths.data,
      runtime: paths.runtime,
      logs: paths.logs,
    },
    machineProblems: problems,
  };
}
