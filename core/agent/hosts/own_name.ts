import type { Logger } from "../../ports/mod.ts";
import { problem } from "../../base/mod.ts";
import type { AgentOptions } from "../agent_ports.ts";
import { hostIdOf } from "./seed.ts";

/**
 * Returns the options under the name that the host has in its cluster. It is that of its machine when it joined, for good:
 * certificates, claims and all that is placed on it go by it, and no two hosts have the same. That the machine is called
 * otherwise now is said, and changes nothing.
 */
export function underOwnName(
  options: AgentOptions,
  host: string,
  logger: Pick<Logger, "log">,
): AgentOptions {
  const machine = hostIdOf(options);
  if (machine === host) return { ...options, hostName: host };
  const renamed = problem("AGENT_RENAMED", {
    severity: "warning",
    what: `This machine is called "${machine}" now, and is host "${host}" of its cluster as before`,
    why:
      "A host keeps the name by which it joined: its certificate and what is placed on it go by that",
    fix:
      `Nothing is to be done. To have it called "${machine}": khutulun host drain ${host}, and there ` +
      "khutulun leave, then khutulun join TOKEN",
  });
  logger.log("warning", renamed.what, { why: renamed.why, fix: renamed.fix });
  const machineProblems = [...options.machineProblems ?? [], renamed];
  return { ...options, hostName: host, machineProblems };
}
