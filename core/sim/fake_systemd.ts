import { FileError } from "../ports/mod.ts";
import type { CommandResult } from "../ports/mod.ts";
import type { FakeMachine, FakeProcess } from "./fake_machine.ts";
import { parseUnit, splitCommand, type UnitFile } from "./unit_file.ts";

export interface FakeSystemdOptions {
  readonly manager: "system" | "user";
  readonly unitDirectories: readonly string[];
}

/** A unit that the manager has in memory. */
interface LoadedUnit {
  readonly name: string;
  readonly path: string;
  /** The text that was loaded: another one on disk means `NeedDaemonReload`. */
  text: string;
  file: UnitFile;
  state: "active" | "activating" | "inactive" | "failed";
  process?: FakeProcess;
  restarts: number;
  startedMs: number;
  exitCode: number;
  /** The process that was started last, whether it still runs or not. */
  mainPid: number;
  /** Set while `stop` ends it, so that its end is no failure. */
  isStopping: boolean;
  cancelRestart?: () => void;
}

/**
 * A model of a service manager, driven by the argument vectors of `systemctl`.
 *
 * It has what services of one process need: load, start, stop, restart by policy, enable, link, show. A changed unit
 * file is not seen before `daemon-reload`, as with the real one.
 */
export class FakeSystemd {
  readonly #machine: FakeMachine;
  readonly #options: FakeSystemdOptions;
  readonly #units = new Map<string, LoadedUnit>();
  readonly #watchers = new Set<(unit: string) => void>();
  /** How often the manager was told to reload: once for any number of units, if all goes well. */
  reloads = 0;

  constructor(machine: FakeMachine, options: FakeSystemdOptions) {
    this.#machine = machine;
    this.#options = options;
    for (const directory of options.unitDirectories) {
      machine.disk.makeDirectory(directory, 0o755, true);
    }
    machine.onExit((process, code) => this.#onExit(process, code));
  }

  /** Carries out one `systemctl` command. */
  run(argv: readonly string[]): CommandResult {
    const words = argv.slice(1).filter((word) => !/^--(user|system|quiet|no-.*|now)$/.test(word));
    const now = argv.includes("--now");
    const [verb, ...rest] = words;
    const properties = propertiesWanted(rest);
    const units = rest.filter((word, index) => !isOption(word, rest[index - 1]))
      .map((word) => /\.(service|target|socket|slice)$/.test(word) ? word : `${word}.service`);
    switch (verb) {
      case "show":
        return ok(units.map((unit) => this.#show(unit, properties)).join("\n"));
      case "daemon-reload":
        return this.#reload();
      case "start":
      case "stop":
      case "restart":
        return this.#each(units, (unit) => this.#change(verb, unit));
      case "enable":
      case "disable":
        return this.#each(units, (unit) => this.#enable(verb, unit, now));
      case "link":
        return this.#each(rest.filter((word) => word.startsWith("/")), (path) => this.#link(path));
      case "reset-failed":
        return this.#each(units, (unit) => this.#resetFailed(unit));
      case "is-active":
        return this.#isActive(units);
      case "list-units":
        return ok(
          [...this.#units.values()].map((unit) => `${unit.name} loaded ${unit.state}\n`)
            .sort().join(""),
        );
      default:
        return failed(1, `Unknown command verb '${verb}'`);
    }
  }

  /** Calls back with the name of a unit (without `.service`) whose state changed. Returns how to stop. */
  watch(onChange: (unit: string) => void): () => void {
    this.#watchers.add(onChange);
    return () => this.#watchers.delete(onChange);
  }

  /** The units that run, by name. */
  active(): string[] {
    return [...this.#units.values()].filter((unit) => unit.state === "active")
      .map((unit) => unit.name).sort();
  }

  forget(): void {
    for (const unit of this.#units.values()) unit.cancelRestart?.();
    this.#units.clear();
  }

  boot(): void {
    for (const directory of this.#options.unitDirectories) {
      const wants = `${directory}/${this.#target()}.wants`;
      for (const name of this.#machine.disk.find(wants) ? this.#machine.disk.list(wants) : []) {
        this.#change("start", name);
      }
    }
  }

  #target(): string {
    return this.#options.manager === "user" ? "default.target" : "multi-user.target";
  }

  #reload(): CommandResult {
    this.reloads++;
    for (const unit of [...this.#units.values()]) {
      const text = this.#textOf(unit.path);
      if (text !== undefined) [unit.text, unit.file] = [text, parseUnit(text)];
      const isHeld = text !== undefined && this.#fileState(unit) === "enabled";
      if (unit.state === "inactive" && !isHeld) this.#units.delete(unit.name);
    }
    return ok("");
  }

  #load(name: string): LoadedUnit | undefined {
    const known = this.#units.get(name);
    if (known && known.state !== "inactive") return known;
    for (const directory of this.#options.unitDirectories) {
      const path = `${directory}/${name}`;
      const text = this.#textOf(path);
      if (text === undefined) continue;
      const unit: LoadedUnit = {
        name,
        path,
        text,
        file: parseUnit(text),
        state: "inactive",
        restarts: 0,
        startedMs: known?.startedMs ?? 0,
        exitCode: known?.exitCode ?? 0,
        mainPid: known?.mainPid ?? 0,
        isStopping: false,
      };
      this.#units.set(name, unit);
      return unit;
    }
    return known;
  }

  #textOf(path: string): string | undefined {
    const node = this.#machine.disk.find(path);
    return node?.kind === "file" ? new TextDecoder().decode(node.bytes) : undefined;
  }

  #change(verb: "start" | "stop" | "restart", name: string): CommandResult {
    const unit = this.#load(name);
    if (!unit) {
      return verb === "stop"
        ? failed(5, `Failed to stop ${name}: Unit ${name} not loaded.`)
        : failed(5, `Failed to ${verb} ${name}: Unit ${name} not found.`);
    }
    if (verb !== "start") this.#stop(unit);
    if (verb !== "stop" && unit.state !== "active") this.#start(unit);
    return ok("");
  }

  #start(unit: LoadedUnit): void {
    unit.cancelRestart?.();
    const { file } = unit;
    const command = file.service.get("ExecStart")?.at(-1);
    if (!command) return this.#become(unit, "failed");
    const env = Object.fromEntries(
      (file.service.get("Environment") ?? []).flatMap(splitCommand)
        .map((pair): [string, string] => {
          const at = pair.indexOf("=");
          return [pair.slice(0, at), pair.slice(at + 1)];
        }),
    );
    const cwd = file.service.get("WorkingDirectory")?.at(-1);
    unit.isStopping = false;
    unit.startedMs = this.#machine.clock.nowMs();
    unit.process = this.#machine.start({
      argv: splitCommand(command),
      env,
      unit: unit.name,
      ...(cwd && { cwd }),
    });
    unit.mainPid = unit.process.pid;
    this.#become(unit, "active");
  }

  #stop(unit: LoadedUnit): void {
    unit.cancelRestart?.();
    unit.isStopping = true;
    const { process } = unit;
    if (process) {
      this.#machine.terminate(process);
      if (this.#machine.isRunning(process)) this.#machine.exit(process);
    }
    if (unit.state !== "failed") this.#become(unit, "inactive");
  }

  #onExit(process: FakeProcess, code: number): void {
    const unit = process.unit === undefined ? undefined : this.#units.get(process.unit);
    if (!unit || unit.process !== process) return;
    unit.process = undefined;
    unit.exitCode = code;
    if (unit.isStopping) return this.#become(unit, "inactive");
    const policy = unit.file.service.get("Restart")?.at(-1) ?? "no";
    const isClean = code === 0 || code === 143;
    const restarts = policy === "always" || (policy === "on-failure" && !isClean);
    if (!restarts) return this.#become(unit, isClean ? "inactive" : "failed");
    this.#become(unit, "activating");
    const delayMs = secondsOf(unit.file.service.get("RestartSec")?.at(-1) ?? "0.1") * 1_000;
    unit.cancelRestart = this.#machine.clock.schedule(delayMs, () => {
      unit.restarts++;
      this.#start(unit);
    });
  }

  #become(unit: LoadedUnit, state: LoadedUnit["state"]): void {
    if (unit.state === state) return;
    unit.state = state;
    for (const each of [...this.#watchers]) each(unit.name.replace(/\.service$/, ""));
  }

  #enable(verb: "enable" | "disable", name: string, now: boolean): CommandResult {
    if (verb === "disable") return this.#disable(name, now);
    const unit = this.#load(name);
    if (!unit) return failed(1, `Failed to enable unit: Unit file ${name} does not exist.`);
    // As the real one, by the file as it is now, whether it was read again or not.
    const { install } = parseUnit(this.#textOf(unit.path) ?? unit.text);
    for (const target of install.get("WantedBy")?.flatMap(splitCommand) ?? []) {
      const wants = `${this.#options.unitDirectories[0]}/${target}.wants`;
      this.#machine.disk.makeDirectory(wants, 0o755, true);
      if (!this.#machine.disk.stat(`${wants}/${name}`)) {
        this.#machine.disk.symlink(unit.path, `${wants}/${name}`);
      }
    }
    if (now) this.#change("start", name);
    return ok("");
  }

  /** Removes links to a unit, as `disable` does: wants of targets, and what `link` made. */
  #disable(name: string, now: boolean): CommandResult {
    const { disk } = this.#machine;
    const home = this.#options.unitDirectories[0];
    for (const entry of disk.list(home)) {
      const path = entry === name ? `${home}/${entry}` : `${home}/${entry}/${name}`;
      if ((entry === name || entry.endsWith(".wants")) && disk.stat(path)?.kind === "symlink") {
        disk.remove(path);
      }
      if (entry.endsWith(".wants") && disk.list(`${home}/${entry}`).length === 0) {
        disk.removeDirectory(`${home}/${entry}`);
      }
    }
    if (now && this.#units.has(name)) this.#change("stop", name);
    return ok("");
  }

  #link(path: string): CommandResult {
    const name = path.split("/").at(-1)!;
    const at = `${this.#options.unitDirectories[0]}/${name}`;
    try {
      if (!this.#machine.disk.stat(at)) this.#machine.disk.symlink(path, at);
    } catch (error) {
      if (error instanceof FileError) return failed(1, `Failed to link unit: ${error.message}`);
      throw error;
    }
    return ok("");
  }

  #resetFailed(name: string): CommandResult {
    const unit = this.#units.get(name);
    if (!unit) return failed(1, `Failed to reset failed state of unit ${name}: not loaded.`);
    if (unit.state === "failed") this.#become(unit, "inactive");
    return ok("");
  }

  #isActive(names: readonly string[]): CommandResult {
    const states = names.map((name) => this.#units.get(name)?.state ?? "inactive");
    const text = `${states.join("\n")}\n`;
    return states.includes("active") ? ok(text) : { ...ok(text), exit: 3 };
  }

  #show(name: string, properties: readonly string[]): string {
    const unit = this.#load(name);
    const facts: Record<string, string> = {
      Id: name,
      LoadState: unit ? "loaded" : "not-found",
      ActiveState: unit?.state ?? "inactive",
      SubState: subStates[unit?.state ?? "inactive"],
      FragmentPath: unit && this.#textOf(unit.path) !== undefined
        ? this.#machine.disk.realPath(unit.path)
        : unit?.path ?? "",
      UnitFileState: unit ? this.#fileState(unit) : "",
      NeedDaemonReload: unit && this.#textOf(unit.path) !== unit.text ? "yes" : "no",
      MainPID: String(unit?.process?.pid ?? 0),
      ExecMainPID: String(unit?.mainPid ?? 0),
      ExecMainCode: unit && unit.exitCode !== 0 ? "1" : "0",
      ExecMainStatus: String(unit?.exitCode ?? 0),
      ExecMainStartTimestamp: unit?.startedMs ? timestampOf(unit.startedMs) : "",
      ExecMainStartTimestampMonotonic: String((unit?.startedMs ?? 0) * 1_000),
      ActiveEnterTimestamp: unit?.startedMs ? new Date(unit.startedMs).toISOString() : "",
      NRestarts: String(unit?.restarts ?? 0),
      Result: unit?.state === "failed" ? "exit-code" : "success",
    };
    const shown = properties.length > 0
      ? Object.keys(facts).filter((key) => properties.includes(key))
      : Object.keys(facts);
    return shown.map((key) => `${key}=${facts[key]}\n`).join("");
  }

  #fileState(unit: LoadedUnit): string {
    const { disk } = this.#machine;
    const home = this.#options.unitDirectories[0];
    const isWanted = disk.list(home).some((entry) =>
      entry.endsWith(".wants") && disk.stat(`${home}/${entry}/${unit.name}`)
    );
    if (isWanted) return "enabled";
    if (disk.stat(unit.path)?.kind === "symlink") return "linked";
    return unit.file.install.size > 0 ? "disabled" : "static";
  }

  #each(names: readonly string[], change: (name: string) => CommandResult): CommandResult {
    const results = names.map(change);
    return results.find((result) => result.exit !== 0) ?? ok("");
  }
}

const subStates = {
  active: "running",
  activating: "auto-restart",
  inactive: "dead",
  failed: "failed",
} as const;

function propertiesWanted(words: readonly string[]): string[] {
  return words.flatMap((word, index) => {
    if (word.startsWith("--property=")) return word.slice("--property=".length).split(",");
    if (word === "-p" || word === "--property") return words[index + 1]?.split(",") ?? [];
    return word.startsWith("-p") && word.length > 2 ? word.slice(2).split(",") : [];
  });
}

function isOption(word: string, before: string | undefined): boolean {
  return word.startsWith("-") || before === "-p" || before === "--property";
}

/** Seconds of a systemd time span: `5`, `1s`, `100ms`, `2min`. */
function secondsOf(text: string): number {
  const units: Record<string, number> = {
    "": 1,
    s: 1,
    sec: 1,
    ms: 0.001,
    min: 60,
    m: 60,
    h: 3_600,
  };
  const [, amount = "0", unit = ""] = text.trim().match(/^([\d.]+)\s*([a-z]*)$/) ?? [];
  return Number(amount) * (units[unit] ?? 1);
}

/** Returns a time as `--timestamp=us+utc` has it: `Sun 2026-11-22 20:03:20.123000 UTC`. */
function timestampOf(ms: number): string {
  const date = new Date(ms);
  const day = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][date.getUTCDay()];
  const [ymd, time] = date.toISOString().slice(0, -1).split("T");
  return `${day} ${ymd} ${time}000 UTC`;
}

function ok(stdout: string): CommandResult {
  return { exit: 0, stdout, stderr: "", truncated: false };
}

function failed(exit: number, message: string): CommandResult {
  return { exit, stdout: "", stderr: `${message}\n`, truncated: false };
}
