import {
  Answer,
  Host,
  Item,
  Json,
  ReadFile,
  readFile,
  Request,
} from "../../plugin-pdk/assemblyscript/mod";
import { Definition } from "./definition";
import { LogOptions, Provider } from "./provider";
import { unitText } from "./unit_text";
import { Visit } from "./visit";

/** The grace before a kill where no definition says another. */
const graceMs: i64 = 10_000;

/** What a pid file says: `PID STARTTICKS REVISION`, and below it how the process ended, where that is known. */
class Started {
  constructor(
    readonly pid: string,
    readonly ticks: string,
    readonly revision: string,
    /** `exit 3` or `signal SIGKILL`; empty where nobody knows. */
    readonly end: string,
  ) {}

  /** How it ended, in a sentence. */
  get ending(): string {
    if (this.end.startsWith("exit ")) return `It ended with exit code ${this.end.substring(5)}`;
    if (this.end.startsWith("signal ")) return `It was ended by signal ${this.end.substring(7)}`;
    return "It has ended";
  }
}

/**
 * Runs items as detached processes of the agent, on hosts without systemd.
 *
 * What runs is written down as the unit that systemd would be given: readable, and ready for the day there is one. Exit
 * codes of processes that outlived an agent are not known: `on-failure` takes such an end for a failure.
 */
export class Supervisor extends Provider {
  private specs: Map<string, ReadFile> = new Map();
  private started: Map<string, Started> = new Map();
  private running: Set<string> = new Set();

  constructor(private readonly request: Request) {
    super();
    for (let i = 0; i < request.items.length; i++) {
      const item = request.items[i];
      const spec = readFile(this.specPath(item));
      if (spec !== null) this.specs.set(item.id, spec);
      const started = readPidFile(this.pidPath(item));
      if (started === null) continue;
      this.started.set(item.id, started);
      if (isRunning(started)) this.running.add(item.id);
    }
  }

  override reconcile(item: Item): Answer {
    if (item.want == "absent") return this.remove(item);
    if (item.want == "running") this.run(item, new Definition(item));
    else if (this.running.has(item.id)) this.end(item, graceMs, "stop");
    return this.observe(item);
  }

  override observe(item: Item): Answer {
    const answer = new Answer(item.id).attribute("unit", Json.text(item.name))
      .owned(this.specs.has(item.id) ? this.resources(item) : []);
    if (this.running.has(item.id)) {
      const pid = I64.parseInt(this.started.get(item.id).pid);
      return answer.phase("ready").attribute("pid", Json.number(pid as f64));
    }
    if (item.want == "stopped") return answer.phase("stopped");
    if (item.want == "absent") {
      return answer.phase(this.specs.has(item.id) ? "stopped" : "absent");
    }
    if (!this.started.has(item.id)) return answer.phase("pending", "It has not been started");
    const ending = this.started.get(item.id).ending;
    const restart = item.properties.textOr("restart", "");
    return this.isOver(item, restart)
      ? answer.phase("stopped", ending)
      : answer.phase("failed", `${ending}; see ${this.logPath(item)}`);
  }

  override remove(item: Item): Answer {
    const hasPidFile = this.started.has(item.id);
    if (hasPidFile) this.end(item, graceMs, "stop");
    const paths = [this.specPath(item), this.logPath(item)];
    if (hasPidFile || this.specs.has(item.id) || item.owned.length > 0) {
      for (let i = 0; i < paths.length; i++) {
        const step = this.step(item, `remove ${paths[i]}`, `remove "${paths[i]}"`);
        if (hasPidFile) step.needing(`end ${item.name}`);
        step.remove(paths[i]);
      }
    }
    return this.withKeys(new Answer(item.id).phase("absent").owned([]));
  }

  override interact(item: Item, it: Visit): Answer {
    const argv = asUser(it.user, it.group, it.argv);
    return new Answer(item.id).command(argv, it.environment, it.directory);
  }

  override logs(item: Item, options: LogOptions): Answer {
    const argv = ["tail", "-n", options.lines.toString()];
    if (options.isFollowing) argv.push("-F");
    return new Answer(item.id).command(argv.concat(["--", this.logPath(item)]), Json.object(), "");
  }

  private run(item: Item, it: Definition): void {
    const text = unitText(item, it, this.request.host);
    const revision = digestOf(text);
    const isWritten = this.specs.has(item.id) && this.specs.get(item.id).text == text;
    const isRunning = this.running.has(item.id);
    const isSame = this.started.has(item.id) && this.started.get(item.id).revision == revision;
    const needs = it.needs.slice(0);
    if (!isWritten) {
      this.writeSpec(item, text);
      needs.push(`write ${this.specPath(item)}`);
    }
    const isCurrent = isSame && isWritten && it.needs.length == 0;
    const restart = it.fenced && it.restart == "on-failure" ? "always" : it.restart;
    if (isCurrent && (isRunning || this.isOver(item, restart))) return;
    if (isRunning) {
      this.end(item, it.stopMs, "start", needs);
      needs.push(`end ${item.name}`);
    }
    const why = isRunning ? `start ${item.id} again` : `start ${item.id}`;
    this.step(item, `start ${item.name}`, why).gated("start").needingAll(needs)
      .owning(`process:${item.name}`).owning(`file:${this.logPath(item)}`)
      .spawn(this.spawned(item, it, revision));
  }

  /** Whether what was started has ended for good, as it was to. */
  private isOver(item: Item, restart: string): bool {
    if (!this.started.has(item.id)) return false;
    return restart == "no" ||
      (restart == "on-failure" && this.started.get(item.id).end == "exit 0");
  }

  private writeSpec(item: Item, text: string): void {
    const path = this.specPath(item);
    this.step(item, `write ${path}`, `write down how ${item.id} runs`).owning(`file:${path}`)
      .write(path, "0644", text);
  }

  private end(item: Item, withinMs: i64, gate: string, needs: string[] = []): void {
    this.step(item, `end ${item.name}`, `stop ${item.id}`).gated(gate).needingAll(needs)
      .within((withinMs as i32) + 30_000).end(this.pidPath(item), withinMs);
  }

  private spawned(item: Item, it: Definition, revision: string): Json {
    const spawned = Json.object().set("argv", Json.texts(asUser(it.user, it.group, it.command)))
      .set("env", it.environment).setText("logPath", this.logPath(item))
      .setText("pidPath", this.pidPath(item)).setText("revision", revision);
    spawned.setText("cwd", it.directory.length > 0 ? it.directory : "/");
    return spawned;
  }

  private resources(item: Item): string[] {
    return [
      `process:${item.name}`,
      `file:${this.logPath(item)}`,
      `file:${this.specPath(item)}`,
    ];
  }

  private specPath(item: Item): string {
    return `${this.request.host.data}/${item.name}.service`;
  }

  private pidPath(item: Item): string {
    return `${this.request.host.runtime}/${item.name}.pid`;
  }

  private logPath(item: Item): string {
    return `${this.request.host.logs}/${item.name}.log`;
  }
}

/**
 * Becomes a user of whom only the name is known ($0), with the group that is the user's own, which may have another name. It
 * finds its commands whatever PATH the process is to have.
 */
const asUserWithOwnGroup = 'group="$(command -p id -g -- "$0")" && ' +
  'exec "$(command -pv setpriv)" --regid="$group" --reuid="$0" --init-groups -- "$@"';

/** Returns the command with what changes to its user before it: systemd would do that itself. */
function asUser(user: string, group: string, command: string[]): string[] {
  if (user.length == 0 && group.length == 0) return command;
  if (group.length == 0) return ["sh", "-c", asUserWithOwnGroup, user].concat(command);
  let argv = ["setpriv", `--regid=${group}`];
  argv = argv.concat(
    user.length > 0 ? [`--reuid=${user}`, "--init-groups"] : ["--clear-groups"],
  );
  return argv.concat(["--"]).concat(command);
}

function readPidFile(path: string): Started | null {
  const file = readFile(path);
  if (file === null) return null;
  const lines = file.text.trim().split("\n");
  const words = lines[0].split(" ");
  if (words.length < 3) return null;
  return new Started(words[0], words[1], words[2], lines.length > 1 ? lines[1] : "");
}

/** Whether that very process runs: pids are used again, a pid with its start time is not; a zombie does not run. */
function isRunning(started: Started): bool {
  const file = readFile(`/proc/${started.pid}/stat`);
  if (file === null) return false;
  const words = file.text.substring(file.text.lastIndexOf(")") + 2).split(" ");
  return words.length > 19 && words[19].trim() == started.ticks && words[0] != "Z" &&
    words[0] != "X";
}

/** Returns a short name for a text: FNV-1a of 64 bits. It is compared with itself alone. */
function digestOf(text: string): string {
  let hash: u64 = 0xcbf29ce484222325;
  for (let i = 0; i < text.length; i++) {
    hash = (hash ^ (text.charCodeAt(i) as u64)) * 0x100000001b3;
  }
  return hash.toString(16).padStart(16, "0");
}
