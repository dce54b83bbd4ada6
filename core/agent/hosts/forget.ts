import type { AgentOptions } from "../agent_ports.ts";

/** Returns what a person types to let a host forget a cluster that it cannot leave: none of its hosts answers any more. */
export function forget({ own, config }: Pick<AgentOptions, "own" | "config">): string {
  return `rm -rf ${config}/agent.yaml ${own}/trust`;
}
