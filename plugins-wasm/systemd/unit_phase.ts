import { Answer, Host, Item } from "../../plugin-pdk/assemblyscript/mod";
import { UnitState } from "./unit_state";

/** Answers how an item's unit is, as others wait for it. */
export function tellPhase(answer: Answer, item: Item, state: UnitState, host: Host): Answer {
  const active = state.get("ActiveState");
  if (active == "active" || active == "reloading" || active == "refreshing") {
    return answer.phase("ready");
  }
  if (active == "activating") {
    const isRestarting = state.get("SubState") == "auto-restart";
    return answer.phase(
      "starting",
      isRestarting ? `${ending(state)}; systemd starts it again` : "",
    );
  }
  if (active == "deactivating") return answer.phase("degraded", "It is stopping");
  if (item.want == "absent") return answer.phase(state.isKnown ? "stopped" : "absent");
  if (active == "failed") {
    return answer.phase(
      "failed",
      `${ending(state)}; see journalctl ${unitOption(host)}=${item.name}.service`,
    );
  }
  if (item.want == "stopped") return answer.phase("stopped");
  if (hasStarted(state)) return answer.phase("stopped", ending(state));
  return answer.phase("pending", "It has not been started");
}

/** The option of journalctl that takes the name of a unit of this host's manager. */
export function unitOption(host: Host): string {
  return host.systemd == "user" ? "--user-unit" : "--unit";
}

/** Whether the unit's process has been started since the boot. */
export function hasStarted(state: UnitState): bool {
  const at = state.get("ExecMainStartTimestamp");
  return at.length > 0 && at != "n/a" && at != "0";
}

/** Returns how the unit's process ended, in a sentence. */
function ending(state: UnitState): string {
  const result = state.get("Result");
  const status = state.get("ExecMainStatus");
  if (result == "start-limit-hit") return `${exitOf(state, status)} too often within a short time`;
  if (result == "timeout") return "It did not start or stop in time";
  if (result == "oom-kill") return "It was killed for want of memory";
  if (result == "watchdog") return "It did not answer its watchdog";
  if (result == "resources") return "systemd lacked resources to start it";
  return exitOf(state, status);
}

function exitOf(state: UnitState, status: string): string {
  const code = state.get("ExecMainCode");
  if (code == "2" || code == "3") return `It was ended by signal ${status}`;
  // What systemd itself reports before the program runs (systemd.exec(5), "Process Exit Codes").
  if (status == "200") return "Its working directory cannot be entered";
  if (status == "203") return "Its command cannot be executed";
  if (status == "216") return "Its group is unknown";
  if (status == "217") return "Its user is unknown";
  return `It ended with exit code ${status}`;
}
