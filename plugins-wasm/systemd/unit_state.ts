import { exec, Host, panic } from "../../plugin-pdk/assemblyscript/mod";

/** What the manager says of one unit. */
export class UnitState {
  private readonly facts: Map<string, string> = new Map();

  set(name: string, value: string): void {
    this.facts.set(name, value);
  }

  get(name: string): string {
    return this.facts.has(name) ? this.facts.get(name) : "";
  }

  get isKnown(): bool {
    return this.get("LoadState") == "loaded";
  }

  /** Whether it runs, or is on its way: started, stopping, or waiting to be restarted. */
  get isLive(): bool {
    const state = this.get("ActiveState");
    return state == "active" || state == "activating" || state == "reloading" ||
      state == "deactivating" || state == "refreshing";
  }

  get isFailed(): bool {
    return this.get("ActiveState") == "failed";
  }

  get isEnabled(): bool {
    return this.get("UnitFileState") == "enabled";
  }

  /** Whether it has been started since the boot; -1 ms stands for never. */
  get startedMs(): f64 {
    return parseTimestamp(this.get("ExecMainStartTimestamp"));
  }

  /** What others have added to this very unit (`systemctl edit`), and not to all units. */
  dropIns(unit: string): string[] {
    const found: string[] = [];
    const paths = this.get("DropInPaths").split(" ");
    for (let i = 0; i < paths.length; i++) {
      if (paths[i].includes(`/${unit}.d/`)) found.push(paths[i]);
    }
    return found;
  }

  get pid(): i64 {
    const pid = this.get("MainPID");
    return pid.length > 0 ? I64.parseInt(pid) : 0;
  }

  /** The pid of the process that was started last, whether it still runs or not; 0 stands for none. */
  get mainPid(): i64 {
    const pid = this.get("ExecMainPID");
    return pid.length > 0 ? I64.parseInt(pid) : 0;
  }
}

const properties = "Id,LoadState,ActiveState,SubState,Result,UnitFileState,NeedDaemonReload," +
  "DropInPaths,MainPID,ExecMainPID,ExecMainCode,ExecMainStatus,ExecMainStartTimestamp,NRestarts";

/** Returns the command of this host's manager: `systemctl`, with `--user` where it is the user's. */
export function systemctl(host: Host, words: string[]): string[] {
  const argv = host.systemd == "user" ? ["systemctl", "--user"] : ["systemctl"];
  return argv.concat(words);
}

/** Asks the manager about many units by one command. */
export function showUnits(host: Host, units: string[]): Map<string, UnitState> {
  const states = new Map<string, UnitState>();
  if (units.length == 0) return states;
  const tail = [`--property=${properties}`, "--"].concat(units);
  let result = exec(systemctl(host, ["show", "--timestamp=us+utc"].concat(tail)));
  // Before version 247 there is no such option; then only the manager itself tells what is stale.
  if (result.stderr.includes("timestamp")) {
    result = exec(systemctl(host, ["show"].concat(tail)));
  }
  // A host that is only imagined (the script of a first deploy) has no manager, and says nothing.
  const isAnswered = result.failure.length == 0 && (result.isOk || result.stderr.length == 0);
  if (!isAnswered) panic(whyFailed(host, result.failure, result.stderr));
  const blocks = result.stdout.split("\n\n");
  for (let i = 0; i < blocks.length; i++) {
    const state = new UnitState();
    const lines = blocks[i].split("\n");
    for (let l = 0; l < lines.length; l++) {
      const at = lines[l].indexOf("=");
      if (at > 0) state.set(lines[l].substring(0, at), lines[l].substring(at + 1));
    }
    // A unit is shown under its own name, in the order asked; an alias would have another.
    if (i < units.length) states.set(units[i], state);
  }
  return states;
}

function whyFailed(host: Host, failure: string, stderr: string): string {
  const what = host.systemd == "user" ? "the user's systemd manager" : "systemd";
  return `cannot ask ${what}: ${failure.length > 0 ? failure : stderr.trim()}`;
}

/** Returns the milliseconds of `Sun 2026-11-22 20:03:20.123456 UTC`; -1 where the text is none. */
function parseTimestamp(text: string): f64 {
  const words = text.split(" ");
  if (words.length < 4 || words[3] != "UTC") return -1;
  const day = words[1].split("-");
  const time = words[2].split(":");
  if (day.length != 3 || time.length != 3) return -1;
  const year = I32.parseInt(day[0]);
  const month = I32.parseInt(day[1]) - 1;
  const seconds = parseFloat(time[2]);
  const minuteMs = Date.UTC(
    year,
    month,
    I32.parseInt(day[2]),
    I32.parseInt(time[0]),
    I32.parseInt(time[1]),
  );
  return (minuteMs as f64) + seconds * 1000;
}
