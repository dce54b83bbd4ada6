import { Host, readFile } from "../../plugin-pdk/assemblyscript/mod";
import { LogOptions } from "./provider";
import { UnitState } from "./unit_state";

const bootPath = "/proc/sys/kernel/random/boot_id";

/**
 * Returns the command that shows a unit's log; where only the own lines are asked for, those that the unit's processes wrote themselves.
 *
 * The journal knows a line's unit from the control group of the process that wrote it. Of one that had ended by the time
 * its line was taken in, it knows the pid alone, and `journalctl --unit` never shows that line: just the last words of a
 * program that ends at once. So the pid of the last main process is asked for too.
 */
export function journalCommand(
  unit: string,
  state: UnitState,
  host: Host,
  options: LogOptions,
): string[] {
  const isUsers = host.systemd == "user";
  const argv = ["journalctl", "--output=cat", "--quiet", "--no-pager", `--lines=${options.lines}`];
  if (options.isFollowing) argv.push("--follow");
  const user = isUsers ? userOf(host) : [];
  let matches = [`${isUsers ? "_SYSTEMD_USER_UNIT" : "_SYSTEMD_UNIT"}=${unit}`].concat(user);
  if (!options.isOwn) {
    matches = matches.concat(["+", `${isUsers ? "USER_UNIT" : "UNIT"}=${unit}`])
      .concat(isUsers ? user : ["_PID=1"]);
  }
  const pid = state.mainPid;
  const boot = pid > 0 ? readFile(bootPath) : null;
  if (boot !== null) {
    matches = matches.concat([
      "+",
      `_PID=${pid}`,
      "_TRANSPORT=stdout",
      `_BOOT_ID=${boot.text.trim().split("-").join("")}`,
    ]);
  }
  return argv.concat(matches);
}

/** Users may have units of the same name: each sees the own ones. */
function userOf(host: Host): string[] {
  const uid = host.facts.integerOr("uid", -1);
  return uid < 0 ? [] : [`_UID=${uid}`];
}
