/** What the unit of an agent says. */
export interface AgentUnitOptions {
  readonly mode: "system" | "user";
  /** Absolute path of the installed executable. */
  readonly executable: string;
  /** Arguments after the executable: `seed --mode system …`. */
  readonly args: readonly string[];
  /** Mount point or directory of the shared state, absolute. */
  readonly state: string;
}

/** The exit code of `khutulun seed` where the host has left its cluster: that of `AGENT_ALREADY_SEEDED`. */
const exitNotMember = 8;

/**
 * Returns the text of the agent's unit.
 *
 * The commands that the agent runs to act (`systemctl`, `podman`) are its own and end with it; what it has started has units
 * of its own, which a stop or restart of the agent does not touch. `RequiresMountsFor` keeps an agent from taking an empty
 * mount point for a new cluster. However often an agent dies, it is to come back; only one whose host is of no cluster any more
 * would be refused each time, until somebody lets it join.
 */
export function agentUnit(options: AgentUnitOptions): string {
  const isSystem = options.mode === "system";
  return [
    "[Unit]",
    "Description=Khutulun agent",
    ...(isSystem ? ["Wants=network-online.target", "After=network-online.target"] : []),
    `RequiresMountsFor=${quoteForUnit(options.state)}`,
    "StartLimitIntervalSec=0",
    "",
    "[Service]",
    `ExecStart=${[options.executable, ...options.args].map(quoteArgument).join(" ")}`,
    "Restart=always",
    "RestartSec=1",
    `RestartPreventExitStatus=${exitNotMember}`,
    "",
    "[Install]",
    `WantedBy=${isSystem ? "multi-user.target" : "default.target"}`,
    "",
  ].join("\n");
}

/** Quotes an argument of `ExecStart`, in which `$` begins a variable too (systemd.service(5)). */
export function quoteArgument(text: string): string {
  return quoteForUnit(text.replaceAll("$", "$$$$"));
}

/** Quotes a word of a unit file, in which `%` begins a specifier (systemd.syntax(7)). */
function quoteForUnit(text: string): string {
  const escaped = text.replaceAll("%", "%%");
  if (/^[\w@:/.,=+%$-]+$/.test(escaped)) return escaped;
  const inner = escaped.replace(/[\\"]/g, "\\$&").replace(
    // deno-lint-ignore no-control-regex -- these are what has to be written otherwise
    /[\x00-\x1f\x7f]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
  return `"${inner}"`;
}
