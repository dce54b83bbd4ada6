import type { ExecEffect, Step } from "../../plan/mod.ts";
import { agentUnit } from "./agent_unit.ts";

/** What is installed, and where. */
export interface InstallOptions {
  readonly mode: "system" | "user";
  /** Absolute path of the one file that runs now. */
  readonly executable: string;
  /** The user's home; for `user` mode. */
  readonly home: string;
  /** Absolute path of the shared state. */
  readonly state: string;
  /** What `seed` was told besides mode and state. */
  readonly seedArgs: readonly string[];
  /** Whether the user's manager outlives the last session; for `user` mode. */
  readonly isLingering: boolean;
  /** What `systemctl` needs besides the usual environment. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Where things are, once installed. */
export interface InstalledPaths {
  readonly executable: string;
  readonly unit: string;
}

/** The unit of an installed agent, in whichever manager. */
export const unitName = "khutulun.service";
const stepMsMax = 60_000;

/** Returns where an agent of this mode is installed. A host, or a user, has one. */
export function installedPaths(mode: "system" | "user", home: string): InstalledPaths {
  return mode === "system"
    ? { executable: "/usr/local/bin/khutulun", unit: `/etc/systemd/system/${unitName}` }
    : {
      executable: `${home}/.local/bin/khutulun`,
      unit: `${home}/.config/systemd/user/${unitName}`,
    };
}

/**
 * Returns the steps that install the agent and start it. Doing it again with other options changes the unit.
 *
 * Nothing here touches a unit of a service.
 */
export function installSteps(options: InstallOptions): Step[] {
  const { mode, home, executable, state } = options;
  const paths = installedPaths(mode, home);
  const text = agentUnit({
    mode,
    executable: paths.executable,
    args: ["seed", "--mode", mode, "--state", state, ...options.seedArgs],
    state,
  });
  const steps = copySteps(executable, paths.executable);
  if (mode === "user" && !options.isLingering) {
    steps.push(
      step("linger", "keep the user's units running after logout", {
        argv: ["loginctl", "enable-linger"],
      }),
    );
  }
  steps.push({
    ...step("unit", "write the agent's unit", { argv: [] }),
    do: { write: { path: paths.unit, mode: "0644", text } },
  });
  for (
    const [key, why, words] of [
      ["reload", "have systemd read it", ["daemon-reload"]],
      ["enable", "start the agent at boot", ["enable", unitName]],
      ["start", "start the agent", ["restart", unitName]],
    ] as const
  ) steps.push(step(key, why, systemctl(options, words)));
  return inOrder(steps);
}

/**
 * Returns the steps that put this executable in the place of the installed one and start the agent anew, with the unit as it
 * is.
 */
export function upgradeSteps(
  options: Pick<InstallOptions, "mode" | "home" | "environment" | "executable">,
): Step[] {
  const paths = installedPaths(options.mode, options.home);
  return inOrder([
    ...copySteps(options.executable, paths.executable),
    step("start", "start the agent anew", systemctl(options, ["restart", unitName])),
  ]);
}

/** The file is replaced by a rename: who runs the old one keeps it. */
function copySteps(from: string, to: string): Step[] {
  if (from === to) return [];
  const temporary = `${to}.new`;
  return [
    step("copy", "copy the executable", {
      argv: ["install", "-D", "-m", "0755", from, temporary],
    }),
    step("replace", "put it in its place", { argv: ["mv", "-f", temporary, to] }),
  ];
}

/** Returns the steps that take the agent away. Services, state and the host's own files stay as they are. */
export function uninstallSteps(
  options: Pick<InstallOptions, "mode" | "home" | "environment">,
): Step[] {
  const paths = installedPaths(options.mode, options.home);
  const remove = (key: string, why: string, path: string): Step => ({
    ...step(key, why, { argv: [] }),
    do: { remove: { path } },
  });
  return inOrder([
    step("stop", "stop the agent, now and at boot", {
      ...systemctl(options, ["disable", "--now", unitName]),
      okExit: [0, 1, 5],
    }),
    remove("unit", "remove the agent's unit", paths.unit),
    step("reload", "have systemd forget it", systemctl(options, ["daemon-reload"])),
    remove("executable", "remove the executable", paths.executable),
  ]);
}

function systemctl(
  { mode, environment }: Pick<InstallOptions, "mode" | "environment">,
  words: readonly string[],
): ExecEffect {
  const argv = ["systemctl", ...(mode === "user" ? ["--user"] : []), ...words];
  return Object.keys(environment).length > 0 ? { argv, env: environment } : { argv };
}

function step(key: string, why: string, exec: ExecEffect): Step {
  return {
    key: `install:${key}`,
    item: "agent",
    why,
    needs: [],
    owns: [],
    timeoutMs: stepMsMax,
    do: { exec },
  };
}

/** Each step needs the one before. */
function inOrder(steps: readonly Step[]): Step[] {
  return steps.map((each, at) => at === 0 ? each : { ...each, needs: [steps[at - 1].key] });
}
