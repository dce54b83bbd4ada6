/** Where an agent has its things. All paths are absolute. */
export interface AgentPaths {
  /** The state that all hosts share, where nothing else is said. */
  readonly state: string;
  /** The host's own: its ledger, last placements. */
  readonly own: string;
  readonly config: string;
  /** Unit files. */
  readonly units: string;
  /** Whether `units` is one of the directories that systemd itself looks in. */
  readonly areUnitsSearched: boolean;
  /** Files that live as long as their instance. */
  readonly data: string;
  /** Gone after a boot: sockets, pid files. */
  readonly runtime: string;
  readonly logs: string;
  /** The API's socket, in a directory of its own. */
  readonly socket: string;
}

/** What the paths follow from. */
export interface AgentPathOptions {
  /** Relocates everything: `--root`. */
  readonly root?: string;
  readonly mode: "system" | "user";
  readonly uid: number;
  /** The user's home; for mode `user`. */
  readonly home: string;
  /** `XDG_…` variables; for mode `user`. */
  readonly env: (name: string) => string | undefined;
}

/** Returns the paths of an agent: below one directory, the system's usual places, or a user's (XDG base directories). */
export function agentPaths(options: AgentPathOptions): AgentPaths {
  if (options.root !== undefined) return relocated(options.root);
  return options.mode === "system" ? systemPaths : userPaths(options);
}

const systemPaths: AgentPaths = {
  state: "/mnt/khutulun",
  own: "/var/lib/khutulun",
  config: "/etc/khutulun",
  units: "/etc/systemd/system",
  areUnitsSearched: true,
  data: "/var/lib/khutulun/data",
  runtime: "/run/khutulun",
  logs: "/var/log/khutulun",
  socket: "/run/khutulun/api/agent.sock",
};

function relocated(root: string): AgentPaths {
  return {
    state: `${root}/state`,
    own: `${root}/var`,
    config: `${root}/etc`,
    units: `${root}/units`,
    areUnitsSearched: false,
    data: `${root}/var/data`,
    runtime: `${root}/run`,
    logs: `${root}/log`,
    socket: `${root}/run/khutulun/agent.sock`,
  };
}

function userPaths({ uid, home, env }: AgentPathOptions): AgentPaths {
  const base = (name: string, fallback: string) => {
    const path = env(name);
    return path?.startsWith("/") ? path : `${home}/${fallback}`; // relative ones are to be ignored
  };
  const data = base("XDG_DATA_HOME", ".local/share");
  const state = base("XDG_STATE_HOME", ".local/state");
  const config = base("XDG_CONFIG_HOME", ".config");
  const runtime = env("XDG_RUNTIME_DIR") ?? `/run/user/${uid}`;
  return {
    state: `${data}/khutulun/state`,
    own: `${state}/khutulun`,
    config: `${config}/khutulun`,
    units: `${config}/systemd/user`,
    areUnitsSearched: true,
    data: `${data}/khutulun/data`,
    runtime: `${runtime}/khutulun`,
    logs: `${state}/khutulun/log`,
    socket: `${runtime}/khutulun/api/agent.sock`,
  };
}
