import {
  Answer,
  Host,
  Item,
  Json,
  ReadFile,
  readFile,
  Request,
  Step,
} from "../../plugin-pdk/assemblyscript/mod";
import { Definition } from "./definition";
import { journalCommand } from "./journal";
import { LogOptions, Provider } from "./provider";
import { hasStarted, tellPhase } from "./unit_phase";
import { showUnits, systemctl, UnitState } from "./unit_state";
import { unitText } from "./unit_text";
import { Visit } from "./visit";

const reload = "daemon-reload";
const reloadAfterRemoval = "daemon-reload after removal";

/** How long a stop may take where the unit itself says when it is killed. */
const stopTimeoutMs: i32 = 300_000;

/** Runs items as units of the host's systemd manager. */
export class Manager extends Provider {
  private states: Map<string, UnitState> = new Map();
  private files: Map<string, ReadFile> = new Map();

  constructor(private readonly request: Request) {
    super();
    const units: string[] = [];
    for (let i = 0; i < request.items.length; i++) units.push(unitOf(request.items[i]));
    this.states = showUnits(request.host, units);
    for (let i = 0; i < request.items.length; i++) {
      const file = readFile(this.pathOf(request.items[i]));
      if (file !== null) this.files.set(request.items[i].id, file);
    }
  }

  override reconcile(item: Item): Answer {
    if (item.want == "running") this.run(item, new Definition(item));
    else if (item.want == "stopped") this.halt(item);
    else return this.remove(item);
    return this.observe(item);
  }

  override observe(item: Item): Answer {
    const state = this.stateOf(item);
    const answer = tellPhase(new Answer(item.id), item, state, this.request.host)
      .attribute("unit", Json.text(unitOf(item)));
    const dropIns = state.dropIns(unitOf(item));
    if (dropIns.length > 0 || item.attributes.has("drop_ins")) {
      answer.attribute("drop_ins", Json.texts(dropIns));
    }
    if (state.isLive && state.pid > 0) {
      answer.attribute("pid", Json.number(state.pid as f64));
    }
    return answer.owned(this.files.has(item.id) ? resources(item, this.pathOf(item)) : []);
  }

  override remove(item: Item): Answer {
    const state = this.stateOf(item);
    const unit = unitOf(item);
    const needs: string[] = [];
    if (state.isLive) {
      this.step(item, `stop ${unit}`, `stop ${item.id}`).gated("stop").within(stopTimeoutMs)
        .joinable().exec(this.systemctl(["stop", unit]));
      needs.push(`stop ${unit}`);
    }
    if (this.files.has(item.id)) {
      this.step(item, `disable ${unit}`, `take the unit of ${item.id} out of the boot`)
        .needingAll(needs).joinable().exec(this.systemctl(["--no-reload", "disable", unit]));
      this.step(item, `remove ${unit}`, `remove the unit of ${item.id}`)
        .needing(`disable ${unit}`).remove(this.pathOf(item));
      this.reloading(item, reloadAfterRemoval, `remove ${unit}`);
      this.step(item, `forget ${unit}`, `let systemd forget ${item.id}`)
        .needing(reloadAfterRemoval).joinable().exec(this.systemctl(["reset-failed", unit]), [1]);
    } else if (state.isFailed) {
      this.step(item, `forget ${unit}`, `let systemd forget ${item.id}`)
        .needingAll(needs).joinable().exec(this.systemctl(["reset-failed", unit]), [1]);
    }
    return this.withKeys(new Answer(item.id).phase("absent").owned([]));
  }

  /**
   * A scope of its own beside the unit: the command is neither the agent's nor the unit's, is seen by `systemctl`, and ends
   * when the unit is stopped. systemd gives it what it gives a unit's process of that user (`HOME`, `SHELL`, groups).
   */
  override interact(item: Item, it: Visit): Answer {
    let argv = ["systemd-run"];
    if (this.request.host.systemd == "user") argv.push("--user");
    argv = argv.concat(["--scope", "--quiet", "--collect"]);
    argv.push(`--description=Command in ${item.id} of ${item.service}`);
    argv.push(`--property=PartOf=${unitOf(item)}`);
    if (it.user.length > 0) argv.push(`--uid=${it.user}`);
    if (it.group.length > 0) argv.push(`--gid=${it.group}`);
    argv.push("--");
    return new Answer(item.id).command(argv.concat(it.argv), it.environment, it.directory);
  }

  override logs(item: Item, options: LogOptions): Answer {
    const argv = journalCommand(unitOf(item), this.stateOf(item), this.request.host, options);
    return new Answer(item.id).command(argv, Json.object(), "");
  }

  /** Writes what differs, then starts what does not run and restarts what runs from another definition. */
  private run(item: Item, it: Definition): void {
    const unit = unitOf(item);
    const state = this.stateOf(item);
    const text = unitText(item, it, this.request.host);
    const isChanged = !this.files.has(item.id) || this.files.get(item.id).text != text;
    const before = this.install(item, it, text, isChanged);
    if (before.length > 0 || state.get("NeedDaemonReload") == "yes") {
      this.reloading(item, reload, "");
      for (let i = 0; i < before.length; i++) this.reloading(item, reload, before[i]);
      before.push(reload);
    }
    const needs = before.concat(it.needs);
    if (state.isLive) {
      if (!isChanged && it.needs.length == 0 && !this.isStale(item)) return;
      this.countAnew(item, it, before, needs);
      this.step(item, `restart ${unit}`, `restart ${item.id}`).gated("start").needingAll(needs)
        .within((it.stopMs as i32) + 30_000).joinable().exec(this.systemctl(["restart", unit]));
      return;
    }
    if (!isChanged && it.needs.length == 0 && !this.isStartOwed(item, it)) return;
    if (state.isFailed) {
      this.step(item, `forget ${unit}`, `let systemd forget that ${item.id} failed`)
        .needingAll(before).joinable().exec(this.systemctl(["reset-failed", unit]), [1]);
      needs.push(`forget ${unit}`);
    } else {
      this.countAnew(item, it, before, needs);
    }
    this.step(item, `start ${unit}`, `start ${item.id}`).gated("start").needingAll(needs)
      .joinable().exec(this.systemctl(["start", unit]));
  }

  /** A start that somebody asks for is none of those that a start limit counts: it is reset before. */
  private countAnew(item: Item, it: Definition, before: string[], needs: string[]): void {
    if (it.startLimit == 0 || !hasStarted(this.stateOf(item))) return;
    const unit = unitOf(item);
    this.step(item, `forget ${unit}`, `let systemd count the starts of ${item.id} anew`)
      .needingAll(before).joinable().exec(this.systemctl(["reset-failed", unit]), [1]);
    needs.push(`forget ${unit}`);
  }

  /** Appends the steps that bring the unit file in place; returns their keys. */
  private install(item: Item, it: Definition, text: string, isChanged: bool): string[] {
    const unit = unitOf(item);
    const path = this.pathOf(item);
    const state = this.stateOf(item);
    const keys: string[] = [];
    if (isChanged) {
      const step = this.step(item, `write ${unit}`, `write the unit of ${item.id}`);
      const owned = resources(item, path);
      for (let i = 0; i < owned.length; i++) step.owning(owned[i]);
      step.write(path, "0644", text);
      keys.push(`write ${unit}`);
    }
    if (this.request.host.unitsLinked && !state.isKnown) {
      this.step(item, `link ${unit}`, `show the unit of ${item.id} to systemd`)
        .needingAll(keys.slice(0)).joinable().exec(this.systemctl(["--no-reload", "link", path]));
      keys.push(`link ${unit}`);
    }
    if (it.fenced && state.isEnabled) {
      this.step(item, `disable ${unit}`, `leave ${item.id} stopped at a boot`)
        .needingAll(keys.slice(0)).joinable()
        .exec(this.systemctl(["--no-reload", "disable", unit]));
      keys.push(`disable ${unit}`);
    }
    if (!it.fenced && !state.isEnabled) {
      this.step(item, `enable ${unit}`, `start ${item.id} at every boot`)
        .needingAll(keys.slice(0)).joinable().exec(this.systemctl(["--no-reload", "enable", unit]));
      keys.push(`enable ${unit}`);
    }
    return keys;
  }

  /** Whether the process was started before its unit file was written: the agent ended in between. */
  private isStale(item: Item): bool {
    const state = this.stateOf(item);
    const startedMs = state.startedMs;
    if (startedMs < 0) return state.get("NeedDaemonReload") == "yes";
    return this.files.get(item.id).modifiedMs > startedMs;
  }

  /** Whether what does not run is to be started, by its restart policy. */
  private isStartOwed(item: Item, it: Definition): bool {
    const state = this.stateOf(item);
    if (!hasStarted(state) && !state.isFailed) return true;
    if (this.isStale(item) || it.restart == "always") return true;
    // The fence stops in good order: that is no end of its own.
    if (it.fenced && it.restart != "no") return true;
    return state.isFailed && it.restart == "on-failure";
  }

  private halt(item: Item): void {
    const unit = unitOf(item);
    const state = this.stateOf(item);
    if (state.isEnabled) {
      this.step(item, `disable ${unit}`, `take the unit of ${item.id} out of the boot`)
        .joinable().exec(this.systemctl(["--no-reload", "disable", unit]));
      this.reloading(item, reload, `disable ${unit}`);
    }
    if (state.isLive) {
      this.step(item, `stop ${unit}`, `stop ${item.id}`).gated("stop").within(stopTimeoutMs)
        .joinable().exec(this.systemctl(["stop", unit]));
    }
  }

  /** Appends the one reload for all units of the plan. */
  private reloading(item: Item, key: string, after: string): void {
    const step = new Step(key, item.id, "let systemd read its units again");
    if (after.length > 0) step.needing(after);
    step.exec(this.systemctl(["daemon-reload"]));
  }

  private stateOf(item: Item): UnitState {
    const unit = unitOf(item);
    return this.states.has(unit) ? this.states.get(unit) : new UnitState();
  }

  private systemctl(words: string[]): string[] {
    return systemctl(this.request.host, words);
  }

  private pathOf(item: Item): string {
    return unitPath(item, this.request.host);
  }
}

function unitOf(item: Item): string {
  return `${item.name}.service`;
}

function unitPath(item: Item, host: Host): string {
  return `${host.units}/${unitOf(item)}`;
}

function resources(item: Item, path: string): string[] {
  return [`unit:${unitOf(item)}`, `file:${path}`];
}
