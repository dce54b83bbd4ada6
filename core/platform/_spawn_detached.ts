import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { assert, fail, problem, ProblemError } from "../base/mod.ts";
import type { DetachedCommand, ProcessIdentity } from "../ports/mod.ts";
import { environmentThroughShell, wholeEnvironment } from "./_environment.ts";
import { toFileError } from "./_file_errors.ts";
import { findCommand } from "./_find_command.ts";
import { bootId, isAlive, readProcessStat } from "./_proc.ts";

/** In the environment of every detached process: marks what is left of its session when its leader is gone. */
export const bootVariable = "KHUTULUN_BOOT";

/** How long the process may take to write its record, on a machine that is busy. */
const recordWaitMs = 10_000;

/**
 * Opens the log "$1", writes `PID STARTTICKS NOTE` to "$2" where there is one, and becomes the command behind. Field 22 of the
 * stat file is the 20th after the command's name in parentheses, which may hold anything.
 *
 * The log is opened here and not handed down: what hands it down leaves copies of it open in the command.
 */
const script = `khutulun_log=$1 khutulun_path=$2 khutulun_note=$3
shift 3
exec >> "$khutulun_log" 2>&1
khutulun_record() {
  printf '%s %s %s\\n' "$$" "\${20}" "$khutulun_note" > "$khutulun_path.$$" &&
    mv -f "$khutulun_path.$$" "$khutulun_path"
}
if [ -n "$khutulun_path" ]; then
  read -r khutulun_stat < "/proc/$$/stat" && khutulun_record \${khutulun_stat##*) } || exit 125
fi
exec "$@"`;

/** Starts a process in a session of its own; see the port `Processes`. */
export async function spawnDetached(command: DetachedCommand): Promise<ProcessIdentity> {
  assert(command.logPath.startsWith("/"), "the log of a detached process has an absolute path");
  const environment = wholeEnvironment({ ...command.env, [bootVariable]: bootId() });
  const path = checkCommand(command, environment.PATH);
  makeLog(command.logPath);
  const { argv, env } = throughShell(path, command, environment);
  const { pid, end } = await spawned(argv, env, command.cwd);
  // Gone already means that it ended: nothing runs, and no start time says so for good.
  const identity = { pid, startTicks: readProcessStat(pid)?.startTicks ?? 0 };
  if (command.record) {
    const { path } = command.record;
    await recorded(path, identity);
    end.then((how) => recordEnd(path, pid, how));
  }
  return identity;
}

/**
 * Adds how a process ended to its record: `exit 3`, or `signal SIGKILL`. Only who has started it is told, so that the ends
 * of those that outlived us stay unknown.
 *
 * It is written into the very file that was read: where that one was replaced meanwhile, nobody reads it any more.
 */
function recordEnd(path: string, pid: number, how: string): void {
  try {
    const file = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_APPEND);
    try {
      const text = fs.readFileSync(file, "utf8");
      if (text.startsWith(`${pid} `)) fs.writeSync(file, `${how}\n`);
    } finally {
      fs.closeSync(file);
    }
  } catch {
    // It has been taken away, or the disk is full: then nobody knows how it ended.
  }
}

function throughShell(
  path: string,
  { argv, logPath, record }: DetachedCommand,
  environment: Readonly<Record<string, string>>,
): { argv: string[]; env: Record<string, string> } {
  const { outer, argv: env } = environmentThroughShell(environment);
  // env(1) would take a command with "=" in its name for a variable; nice(1) takes anything.
  const guard = path.includes("=") ? ["nice", "-n", "0"] : [];
  const target = [...env, ...guard, path, ...argv.slice(1)];
  const own = ["khutulun", logPath, record?.path ?? "", record?.note ?? ""];
  return { argv: ["/bin/sh", "-c", script, ...own, ...target], env: outer };
}

function checkCommand(command: DetachedCommand, searchPath: string): string {
  const name = command.argv[0] ?? "";
  if (command.cwd !== undefined && !isDirectory(command.cwd)) {
    fail("PLATFORM_DIRECTORY_MISSING", {
      what: `Cannot start "${name}": its working directory "${command.cwd}" is not there`,
      fix: "Create the directory, or name another",
    });
  }
  const found = findCommand(name, searchPath, command.cwd);
  if ("path" in found) return found.path;
  throw new ProblemError(commandProblem(name, found.failure));
}

/** Returns the problem of a command that cannot be run. */
export function commandProblem(name: string, failure: "not-found" | "not-executable") {
  return failure === "not-found"
    ? problem("PLATFORM_COMMAND_MISSING", {
      what: `Cannot start "${name}": it is not on this host`,
      fix: name.includes("/") ? "Check the path" : "Install it, or name it by its full path",
    })
    : problem("PLATFORM_COMMAND_NOT_EXECUTABLE", {
      what: `Cannot start "${name}": the file may not be executed`,
      fix: "Make it executable (chmod +x), or name its interpreter first",
    });
}

/** Makes the log where it is missing: what is wrong with it is said here, and not by a shell that has nowhere to say it. */
function makeLog(path: string): void {
  try {
    fs.mkdirSync(path.slice(0, path.lastIndexOf("/")) || "/", { recursive: true });
    fs.closeSync(fs.openSync(path, "a", 0o640));
  } catch (error) {
    throw toFileError(error, "append", path);
  }
}

function spawned(
  [file, ...args]: readonly string[],
  env: Record<string, string>,
  cwd: string | undefined,
): Promise<{ readonly pid: number; readonly end: Promise<string> }> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env, cwd, detached: true, stdio: "ignore" });
    child.on("error", (error) =>
      reject(
        new ProblemError(problem("PLATFORM_PROCESS_NOT_STARTED", {
          what: `Cannot start "${file}"`,
          why: error.message,
        })),
      ));
    const end = new Promise<string>((resolve) => {
      child.on("exit", (code, signal) => {
        resolve(code === null ? `signal ${signal}` : `exit ${code}`);
      });
    });
    child.unref();
    if (child.pid !== undefined) resolve({ pid: child.pid, end });
  });
}

/** Waits until the process has written its record, or has ended. */
async function recorded(path: string, identity: ProcessIdentity): Promise<void> {
  const deadline = performance.now() + recordWaitMs;
  while (performance.now() < deadline) {
    if (readRecordedPid(path) === identity.pid) return;
    if (!isAlive(readProcessStat(identity.pid))) break;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  if (readRecordedPid(path) === identity.pid) return;
  fail("PLATFORM_PROCESS_NOT_STARTED", {
    what: `Cannot start a process that keeps its pid in "${path}"`,
    why: "It could not write that file; its log says why",
    fix: "Check that the directory is there, writable, and has room",
  });
}

function readRecordedPid(path: string): number | undefined {
  try {
    return Number(fs.readFileSync(path, "utf8").split(" ")[0]);
  } catch {
    return undefined;
  }
}

function isDirectory(path: string): boolean {
  try {
    return fs.statSync(path).isDirectory();
  } catch {
    return false;
  }
}
