import { resolve } from "node:path";
import { joinByToken } from "../core/agent/mod.ts";
import type { JoinOptions } from "../core/cli/mod.ts";
import { lineLogger } from "../core/platform/mod.ts";
import { defaultAddress, openWorld } from "../core/platform/world/mod.ts";
import { parseToken } from "../core/trust/mod.ts";
import { agentOptions } from "./agent_options.ts";
import { pathsOf, rootOf, usualMode } from "./places.ts";
import { joinDoor } from "./tls.ts";

/** Makes this host one of the cluster of a token; its agent is not run yet. */
export async function join(
  { token, ...asked }: JoinOptions,
): Promise<{ readonly host: string; readonly cluster: string; readonly by: string }> {
  const mode = asked.mode ?? usualMode();
  const paths = pathsOf(asked.root, mode);
  const logger = lineLogger({ form: "text" });
  const world = await openWorld({ mode, runtime: paths.runtime, logger });
  try {
    const options = agentOptions(world, mode, paths, rootOf(asked.root) !== undefined);
    const state = resolve(asked.state ?? parseToken(token, Date.now()).state);
    const address = asked.address ?? await defaultAddress(world.ports.files);
    const isAddressGiven = asked.address !== undefined;
    const joined = await joinByToken(
      world.ports,
      { ...options, state },
      { token, address, isAddressGiven },
      joinDoor,
    );
    return { host: joined.host, cluster: joined.cluster.name, by: joined.by };
  } finally {
    await world.close();
  }
}
