import { homedir } from "node:os";
import { resolve } from "node:path";
import {
  carryOut,
  installedPaths,
  planInstall,
  watchAgentUnit,
} from "../core/agent/install/mod.ts";
import type { InstalledAgent, SeedOptions } from "../core/cli/mod.ts";
import { readBuildFacts } from "../core/platform/embedded/mod.ts";
import {
  LocalFiles,
  LocalLocks,
  systemClock,
  SystemProcesses,
  systemRandom,
} from "../core/platform/mod.ts";
import { chooseManager, readSystemdFacts, systemdPlaces } from "../core/platform/systemd/mod.ts";
import { connectToSocket } from "../core/platform/http/mod.ts";
import { openOwnStore } from "../core/store/mod.ts";
import { exists, pathsOf, startCommand, usualMode } from "./places.ts";

/**
 * Installs, upgrades or removes the agent of this host, by steps on its files and its systemd manager.
 *
 * @param source The folder of `main.ts`.
 */
export async function install(
  source: URL,
  kind: "install" | "upgrade" | "uninstall",
  { mode = usualMode(), state, name, address }: SeedOptions,
  say: (why: string) => void,
): Promise<void> {
  const env = Deno.env.toObject();
  const facts = await readSystemdFacts(systemdPlaces(env));
  const { executable } = await readBuildFacts(source, env);
  const home = homedir();
  const paths = pathsOf(undefined, mode);
  const asked = state === undefined ? undefined : resolve(state);
  const known = await openOwnStore({
    clock: systemClock,
    random: systemRandom,
    files: new LocalFiles(),
    locks: new LocalLocks(),
    configDirectory: paths.config,
    directory: paths.own,
    writer: { host: Deno.hostname(), boot: "" },
  }).agent.read();
  const steps = planInstall(
    kind === "install" ? { kind, state: asked, name, address } : { kind },
    {
      mode,
      home,
      usualState: paths.state,
      knownState: known?.state,
      places: paths,
      isClusterIn: (state) => exists(`${state}/cluster.yaml`),
      executable,
      isInstalled: exists(installedPaths(mode, home).unit),
      isLingering: facts.isLingering,
      manager: chooseManager(mode, facts),
    },
  );
  const processes = new SystemProcesses(systemClock, {});
  await carryOut(steps, { files: new LocalFiles(), processes, host: Deno.hostname() }, say);
}

/** Returns the agent that was installed and started just now. */
export async function installedAgent({ mode = usualMode() }: SeedOptions): Promise<InstalledAgent> {
  const manager = chooseManager(mode, await readSystemdFacts(systemdPlaces(Deno.env.toObject())));
  const { socket } = pathsOf(undefined, mode);
  return {
    connect: () => connectToSocket(socket, { startCommand: startCommand(undefined) }),
    trouble: watchAgentUnit({
      processes: new SystemProcesses(systemClock, {}),
      host: Deno.hostname(),
      mode,
      environment: manager.kind === "none" ? {} : manager.environment,
    }),
  };
}
