import { Host, Item } from "../../plugin-pdk/assemblyscript/mod";
import { Definition } from "./definition";
import { plainValue, quoteArgument, quoteAssignment, unitNames } from "./quote";

/** How much of a file's digest is shown. */
const digestLength: i32 = 12;

/** The unit that the agent feeds while its heartbeat is acknowledged, and that takes fenced units with it when it ends. */
const fenceUnit = "khutulun-fence.service";

/**
 * Returns the text of an item's unit: what a person would write.
 *
 * The comment names the revision and the program's files, so that the text differs whenever a restart is owed.
 */
export function unitText(item: Item, it: Definition, host: Host): string {
  const isUsers = host.systemd == "user";
  let lines = [header(item, it), "[Unit]", `Description=${plainValue(it.description)}`];
  const others = unitNames(it.after);
  const after = isUsers ? others : ["network.target"].concat(others);
  if (after.length > 0) lines.push(`After=${after.join(" ")}`);
  if (it.startLimit > 0) {
    lines.push(`StartLimitIntervalSec=${timeSpan(it.startLimitMs)}`);
    lines.push(`StartLimitBurst=${it.startLimit}`);
  }
  if (it.fenced) lines = lines.concat([`BindsTo=${fenceUnit}`, `After=${fenceUnit}`]);
  lines = lines.concat(["", "[Service]", "Type=exec", `ExecStart=${commandLine(it.command)}`]);
  const environment = assignments(it);
  if (environment.length > 0) lines.push(`Environment=${environment}`);
  if (it.directory.length > 0) lines.push(`WorkingDirectory=${plainValue(it.directory)}`);
  if (it.user.length > 0) lines.push(`User=${plainValue(it.user)}`);
  if (it.group.length > 0) lines.push(`Group=${plainValue(it.group)}`);
  if (it.restart != "no") {
    lines.push(`Restart=${plainValue(it.restart)}`);
    lines.push(`RestartSec=${timeSpan(it.restartMs)}`);
  }
  lines.push(`TimeoutStopSec=${timeSpan(it.stopMs)}`);
  // What is fenced does not start with the host: another may have taken it over.
  const target = isUsers ? "default.target" : "multi-user.target";
  lines = lines.concat(it.fenced ? [""] : ["", "[Install]", `WantedBy=${target}`, ""]);
  return lines.join("\n");
}

function header(item: Item, it: Definition): string {
  const parts = [`# ${item.name}, revision ${item.revision}`];
  const names = it.content.keys();
  for (let i = 0; i < names.length; i++) {
    const digest = it.content.at(names[i]).asText();
    const start = digest.indexOf(":") + 1;
    parts.push(`${names[i]} ${digest.substr(start, digestLength)}`);
  }
  return plainValue(parts.join(", "));
}

/** Returns the command as `ExecStart` has it. */
export function commandLine(command: string[]): string {
  const words: string[] = [];
  for (let i = 0; i < command.length; i++) words.push(quoteArgument(command[i]));
  return words.join(" ");
}

function assignments(it: Definition): string {
  const names = it.environment.keys();
  const words: string[] = [];
  for (let i = 0; i < names.length; i++) {
    words.push(quoteAssignment(names[i], it.environment.at(names[i]).asText()));
  }
  return words.join(" ");
}

function timeSpan(milliseconds: i64): string {
  return milliseconds % 1000 == 0 ? `${milliseconds / 1000}s` : `${milliseconds}ms`;
}
