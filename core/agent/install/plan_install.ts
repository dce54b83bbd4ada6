import { fail, type Problem } from "../../base/mod.ts";
import type { Step } from "../../plan/mod.ts";
import { forget } from "../hosts/forget.ts";
import { installedPaths, installSteps, uninstallSteps, upgradeSteps } from "./install_steps.ts";

/** What a person asked for. */
export type InstallRequest =
  | {
    readonly kind: "install";
    /** Absolute path of the shared state, where a person chose one. */
    readonly state?: string;
    readonly name?: string;
    readonly address?: string;
  }
  | { readonly kind: "upgrade" }
  | { readonly kind: "uninstall" };

/** What has to be known of the host and of the program that runs. */
export interface InstallFacts {
  readonly mode: "system" | "user";
  readonly home: string;
  /** Where the shared state is where nobody chose. */
  readonly usualState: string;
  /** The state of the cluster that the host is of already. */
  readonly knownState?: string;
  /** Where that is said of which cluster the host is, and where its keys are. */
  readonly places: { readonly config: string; readonly own: string };
  /** Whether there is a cluster in a state. */
  readonly isClusterIn: (state: string) => boolean;
  /** The one file that runs; absent in a checkout. */
  readonly executable?: string;
  /** Whether there is a unit of an agent already. */
  readonly isInstalled: boolean;
  readonly isLingering: boolean;
  /** The manager that is to run the agent, or why there is none. */
  readonly manager:
    | { readonly kind: "none"; readonly problem: Problem }
    | {
      readonly kind: "system" | "user";
      readonly environment: Readonly<Record<string, string>>;
    };
}

/** Returns the steps that do what was asked; fails with `AGENT_INSTALL` where it cannot be done here. */
export function planInstall(request: InstallRequest, facts: InstallFacts): Step[] {
  const { mode, home, manager } = facts;
  const paths = installedPaths(mode, home);
  const what = `Cannot ${request.kind} the agent`;
  if (manager.kind === "none") {
    const { why, fix } = manager.problem;
    const other = request.kind === "install"
      ? `${fix ? `${fix}; or r` : "R"}un the agent in the foreground: khutulun seed`
      : fix;
    return fail("AGENT_INSTALL", { what, why, fix: other });
  }
  const { environment } = manager;
  if (request.kind !== "install" && !facts.isInstalled) {
    fail("AGENT_INSTALL", {
      what,
      why: `There is no unit "${paths.unit}"`,
      fix: request.kind === "uninstall"
        ? "Nothing: no agent is installed"
        : "Install it: khutulun seed --install",
    });
  }
  if (request.kind === "uninstall") return uninstallSteps({ mode, home, environment });
  const { executable } = facts;
  if (executable === undefined) {
    return fail("AGENT_INSTALL", {
      what,
      why: "This program runs from a checkout or a bundle, which is more than one file",
      fix: 'Make the executable (deno task compile) and run "install" with it',
    });
  }
  if (request.kind === "upgrade") return upgradeSteps({ mode, home, environment, executable });
  const { name, address } = request;
  const state = request.state ?? facts.knownState ?? facts.usualState;
  if (facts.knownState !== undefined && !facts.isClusterIn(state)) {
    const known = facts.knownState;
    const better = state === known ? "Mount it" : "Leave out --state";
    fail("AGENT_INSTALL", {
      what,
      why: `The host is of a cluster that has its state in "${known}", and there is none in ` +
        `"${state}"`,
      fix: `${better}; where that cluster is gone for good, let the host forget it: ` +
        forget(facts.places),
    });
  }
  return installSteps({
    mode,
    home,
    environment,
    executable,
    state,
    isLingering: facts.isLingering,
    seedArgs: [...(name ? ["--name", name] : []), ...(address ? ["--address", address] : [])],
  });
}
