import { Item, readFile } from "../../plugin-pdk/assemblyscript/mod";
import { Listener } from "./listeners";

/** Whether the socket belongs to one of the processes that reserved the port. */
export function isHeldByUser(item: Item, listener: Listener, runtime: string): bool {
  for (let i = 0; i < item.relations.length; i++) {
    const relation = item.relations[i];
    if (relation.side != "target") continue;
    const unit = relation.other.at("attributes").textOr("unit", "");
    if (unit.length == 0) continue;
    if (
      unit.endsWith(".service") ? isInUnit(listener, unit) : isSupervised(listener, unit, runtime)
    ) {
      return true;
    }
  }
  return false;
}

/** Whether one of the listener's processes is in the unit's control group. */
function isInUnit(listener: Listener, unit: string): bool {
  for (let i = 0; i < listener.pids.length; i++) {
    const file = readFile(`/proc/${listener.pids[i]}/cgroup`);
    if (file !== null && file.text.includes("/" + unit)) return true;
  }
  return false;
}

/** Whether one of the listener's processes is in the session that the agent started under this name. */
function isSupervised(listener: Listener, name: string, runtime: string): bool {
  const file = readFile(`${runtime}/${name}.pid`);
  if (file === null) return false;
  const leader = file.text.split(" ")[0];
  // Without ss nobody can tell whose the socket is: while the user runs, it is taken for the user's.
  if (listener.pids.length == 0) {
    return listener.uid >= 0 && readFile(`/proc/${leader}/stat`) !== null;
  }
  for (let i = 0; i < listener.pids.length; i++) {
    if (listener.pids[i].toString() == leader || sessionOf(listener.pids[i]) == leader) return true;
  }
  return false;
}

/** Returns a process's session: the fourth word after the command in /proc/PID/stat. */
function sessionOf(pid: i64): string {
  const file = readFile(`/proc/${pid}/stat`);
  if (file === null) return "";
  const words = file.text.substring(file.text.lastIndexOf(")") + 2).split(" ");
  return words.length > 3 ? words[3] : "";
}
