import { type Problem, problem } from "../../base/mod.ts";

/** What the machine shows of systemd, read once. See `readSystemdFacts()`. */
export interface SystemdFacts {
  readonly uid: number;
  readonly userName: string;
  /** Whether systemd is this machine's init (sd_booted(3)). */
  readonly isBooted: boolean;
  readonly hasSystemctl: boolean;
  /** The system bus's socket, where there is one. */
  readonly systemBus?: string;
  /** The user's runtime directory, where there is one; it need not be named in the environment. */
  readonly runtimeDirectory?: string;
  /** The user bus's socket, where there is one. */
  readonly userBus?: string;
  /** Whether the user's manager answers on its private socket. */
  readonly hasUserManager: boolean;
  /** Whether the user's manager starts at boot and outlives the last session. */
  readonly isLingering: boolean;
}

/** Which systemd manager runs our units, and how to reach it. */
export type SystemdManager =
  | {
    readonly kind: "system" | "user";
    /** The socket of the bus on which the manager tells what changes. */
    readonly bus: string;
    /** What `systemctl`, `systemd-run` and `journalctl` need besides the usual environment. */
    readonly environment: Readonly<Record<string, string>>;
    /** A warning: units would end with the last session. */
    readonly problem?: Problem;
  }
  | { readonly kind: "none"; readonly problem: Problem };

/**
 * Chooses the manager for a cluster's mode: the system's for `system`, the user's own for `user`.
 *
 * Where none serves, the problem says why and what would mend it; the agent then supervises by itself. That is a
 * warning, not an error, for a machine without systemd is a fine place to run.
 */
export function chooseManager(mode: "system" | "user", facts: SystemdFacts): SystemdManager {
  if (!facts.isBooted) {
    return none(
      "systemd is not the init of this machine (no /run/systemd/system)",
      "Nothing, if this is a container or a small machine; else boot it with systemd",
    );
  }
  if (!facts.hasSystemctl) {
    return none("the command systemctl is not in PATH", "Put the folder of systemctl in PATH");
  }
  return mode === "system" ? chooseSystem(facts) : chooseUser(facts);
}

function chooseSystem(facts: SystemdFacts): SystemdManager {
  if (facts.uid !== 0) {
    return none(
      `user "${facts.userName}" may not write units of the system`,
      "Run the agent as root, or make the cluster in user mode",
    );
  }
  if (!facts.systemBus) {
    return none(
      "there is no system bus (/run/dbus/system_bus_socket)",
      "Install and start dbus: apt-get install dbus",
    );
  }
  return { kind: "system", bus: facts.systemBus, environment: {} };
}

function chooseUser(facts: SystemdFacts): SystemdManager {
  const linger = `Run, as root: loginctl enable-linger ${facts.userName}`;
  if (!facts.runtimeDirectory) {
    return none(
      `user "${facts.userName}" has no runtime directory (/run/user/${facts.uid}), ` +
        "as in a shell made by su or sudo for a user who is not logged in",
      linger,
    );
  }
  if (!facts.hasUserManager) {
    return none(`the systemd manager of user "${facts.userName}" does not run`, linger);
  }
  if (!facts.userBus) {
    return none(
      `user "${facts.userName}" has no bus (${facts.runtimeDirectory}/bus)`,
      "Install the user bus and log in again: apt-get install dbus-user-session",
    );
  }
  return {
    kind: "user",
    bus: facts.userBus,
    environment: {
      XDG_RUNTIME_DIR: facts.runtimeDirectory,
      DBUS_SESSION_BUS_ADDRESS: `unix:path=${facts.userBus}`,
    },
    problem: facts.isLingering ? undefined : problem("PLATFORM_NO_LINGER", {
      severity: "warning",
      what: `Units of user "${facts.userName}" end with the user's last session`,
      why: "The user does not linger, so systemd stops the user's manager at logout",
      fix: linger,
    }),
  };
}

function none(why: string, fix: string): SystemdManager {
  return {
    kind: "none",
    problem: problem("PLATFORM_NO_SYSTEMD", {
      severity: "warning",
      what: "Cannot run processes as systemd units: the agent supervises them by itself",
      why: why[0].toUpperCase() + why.slice(1),
      fix,
    }),
  };
}
