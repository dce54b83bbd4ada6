import type { AgentFlags } from "../flags.ts";
import type { Surroundings } from "../surroundings.ts";
import type { JoinFlags } from "../trust_flags.ts";
import { readFile } from "../user_files.ts";
import { withAgent } from "../with_agent.ts";

/** Joins, and runs the agent here or as a unit. */
export async function join(
  it: Surroundings,
  { install, ...options }: JoinFlags,
  word: string,
): Promise<number | void> {
  const { root, state, mode, address } = options;
  const { installAgent, refuseRoot } = await import("./install.ts");
  if (install) refuseRoot(it, options);
  const token = word.startsWith("@")
    ? new TextDecoder().decode(
      await readFile(it, word.slice(1), { what: `Cannot read the token from "${word.slice(1)}"` }),
    )
    : word;
  const { host, cluster, by } = await it.join({ ...options, token });
  it.stderr.write(`Host "${host}" is of cluster "${cluster}" now; host "${by}" let it in\n`);
  if (!install) return await it.seed({ root, mode });
  await installAgent(it, { root, state, mode, address });
}

export async function leave(it: Surroundings, flags: AgentFlags): Promise<void> {
  await withAgent(it, flags, (client) => client.call("leave", {}));
  it.stdout.write(
    "The host has left its cluster, and its agent ends; a unit of it stops. To take that away: " +
      "khutulun uninstall\n",
  );
}
