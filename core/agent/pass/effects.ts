import { sha256 } from "../packages/digest.ts";
import { assert, fail, formatDurationMs, ProblemError } from "../../base/mod.ts";
import {
  type Command,
  type CommandResult,
  FileError,
  type Files,
  type Processes,
} from "../../ports/mod.ts";
import type {
  ArtifactSource,
  EndEffect,
  ExecEffect,
  RemoveEffect,
  SpawnEffect,
  Step,
  WriteEffect,
} from "../../plan/mod.ts";

/** What effects need of the host. */
export interface EffectPorts {
  /** The host's own files. */
  readonly files: Files;
  readonly processes: Processes;
  /** Reads a file of a package in the shared state. */
  readonly readArtifact: (source: ArtifactSource) => Promise<Uint8Array>;
  readonly host: string;
}

/** How many directories deep a recursive removal goes before it refuses. */
const removeDepthMax = 64;

/** How many last lines of a failed command's standard error are shown. */
const stderrLinesShown = 5;

/**
 * Carries out one step: exactly what it says. Carrying it out twice has the effect of once, so that a step that was cut
 * short by a crash is simply planned and run again.
 *
 * Every failure is a `ProblemError` that names the host and the item; what the step had done by then stays.
 */
export async function runStep(step: Step, ports: EffectPorts, signal?: AbortSignal): Promise<void> {
  const effect = step.do;
  try {
    if ("exec" in effect) await exec(step, effect.exec, ports, signal);
    else if ("write" in effect) await write(step, effect.write, ports);
    else if ("remove" in effect) await remove(effect.remove, ports);
    else if ("spawn" in effect) await spawn(step, effect.spawn, ports);
    else await end(effect.end, ports);
  } catch (error) {
    const where = { host: ports.host, subject: step.item };
    if (error instanceof FileError) {
      fail("AGENT_STEP_FAILED", {
        what: `Cannot ${step.why}`,
        where,
        why: error.message,
        fix: fileErrorFix(error),
      });
    }
    if (!(error instanceof ProblemError) || error.problem.where !== undefined) throw error;
    const { what: why, fix } = error.problem;
    fail("AGENT_STEP_FAILED", {
      what: `Cannot ${step.why}`,
      where,
      why,
      fix,
      cause: error.problem,
    });
  }
}

async function exec(
  step: Step,
  effect: ExecEffect,
  ports: EffectPorts,
  signal?: AbortSignal,
): Promise<void> {
  const command: Command = { ...effect, timeoutMs: step.timeoutMs };
  const result = await ports.processes.run(command, signal);
  if (result.exit !== undefined && (effect.okExit ?? [0]).includes(result.exit)) return;
  const where = { host: ports.host, subject: step.item };
  if (result.failure === "not-found" || result.failure === "not-executable") {
    fail("AGENT_COMMAND_MISSING", {
      what: `Cannot ${step.why}`,
      where,
      why: `The command "${effect.argv[0]}" ${
        result.failure === "not-found" ? "is not on the host" : "may not be executed"
      }`,
      fix: `Install it on host "${ports.host}", then the agent tries again by itself`,
    });
  }
  fail("AGENT_STEP_FAILED", {
    what: `Cannot ${step.why}`,
    where,
    why: describeFailure(effect.argv, result, step.timeoutMs),
    fix: `Run the command on host "${ports.host}" to see it fail; the agent tries again by itself`,
  });
}

/** Returns one sentence on how a command failed, with the end of what it said. */
export function describeFailure(
  argv: readonly string[],
  result: CommandResult,
  timeoutMs: number,
): string {
  const how = result.failure === "timeout"
    ? `did not end within ${formatDurationMs(timeoutMs)}`
    : result.failure === "aborted"
    ? "was ended because it is no longer wanted"
    : result.failure !== undefined
    ? `could not be started (${result.failure})`
    : `ended with exit code ${result.exit}`;
  const said = (result.stderr.trim() || result.stdout.trim()).split("\n").slice(-stderrLinesShown)
    .join("\n").trim();
  return `"${argv.join(" ")}" ${how}${said ? `: ${said}` : ""}`;
}

async function write(step: Step, effect: WriteEffect, ports: EffectPorts): Promise<void> {
  const { files } = ports;
  const content = effect.text ?? await artifactBytes(step, effect, ports);
  const mode = parseInt(effect.mode, 8);
  const directory = directoryOf(effect.path);
  const temporary = temporaryOf(effect.path);
  await files.makeDirectory(directory, { parents: true });
  await removeQuietly(files, temporary);
  await files.writeNew(temporary, content, { mode });
  await files.setMode(temporary, mode);
  if (effect.owner !== undefined) {
    const { uid, gid } = await resolveOwner(step, effect.owner, ports);
    await files.setOwner(temporary, uid, gid);
  }
  await files.rename(temporary, effect.path);
  await files.syncDirectory(directory);
}

async function artifactBytes(
  step: Step,
  effect: WriteEffect,
  ports: EffectPorts,
): Promise<Uint8Array> {
  const { artifact } = effect;
  assert(artifact !== undefined, "a write effect has a text or an artifact");
  const bytes = await ports.readArtifact(artifact);
  const digest = sha256(bytes);
  if (digest !== artifact.digest) {
    fail("AGENT_ARTIFACT_CHANGED", {
      what: `Cannot ${step.why}`,
      where: { host: ports.host, subject: step.item },
      why: `"${artifact.path}" has the digest "${digest}", the plan says "${artifact.digest}"`,
      fix: "Deploy the service again from its template: the state was edited by hand or is damaged",
    });
  }
  return bytes;
}

/** Asks the host's name service, as chown(1) would: the user may come from LDAP. */
async function resolveOwner(
  step: Step,
  owner: string,
  ports: EffectPorts,
): Promise<{ uid: number; gid: number }> {
  const [user, group] = owner.split(":");
  const number = async (argv: string[], field: number) => {
    const result = await ports.processes.run({ argv, timeoutMs: step.timeoutMs });
    const value = result.exit === 0 ? Number(result.stdout.split(":")[field]) : NaN;
    if (Number.isInteger(value)) return value;
    fail("AGENT_STEP_FAILED", {
      what: `Cannot ${step.why}`,
      where: { host: ports.host, subject: step.item },
      why: `The owner "${owner}" is unknown on the host`,
      fix: `Make the user or group on host "${ports.host}", or name another`,
    });
  };
  const uid = await number(["getent", "passwd", user], 2);
  const gid = group === undefined
    ? await number(["getent", "passwd", user], 3)
    : await number(["getent", "group", group], 2);
  return { uid, gid };
}

async function remove(effect: RemoveEffect, { files }: EffectPorts): Promise<void> {
  await removeQuietly(files, temporaryOf(effect.path));
  const info = await files.stat(effect.path);
  if (info === undefined) return;
  if (info.kind !== "directory") await files.remove(effect.path);
  else if (effect.recursive) await removeTree(files, effect.path, 0);
  else await files.removeDirectory(effect.path);
  await files.syncDirectory(directoryOf(effect.path));
}

async function removeTree(files: Files, path: string, depth: number): Promise<void> {
  if (depth > removeDepthMax) {
    throw new FileError("ELOOP", "remove", path, `more than ${removeDepthMax} directories deep`);
  }
  for (const name of await files.list(path)) {
    const each = `${path}/${name}`;
    const info = await files.stat(each);
    if (info?.kind === "directory") await removeTree(files, each, depth + 1);
    else await removeQuietly(files, each);
  }
  await files.removeDirectory(path);
}

/**
 * Starts the process unless that very revision runs already.
 *
 * The process writes its pid file itself (`DetachedCommand.record`), so that a crash right after the start does not start
 * a second one.
 */
async function spawn(step: Step, effect: SpawnEffect, ports: EffectPorts): Promise<void> {
  const running = await readPidFile(ports.files, effect.pidPath);
  if (running !== undefined && await ports.processes.isRunning(running)) {
    if (running.note === effect.revision) return;
    await ports.processes.end(running, step.timeoutMs);
  }
  await ports.files.makeDirectory(directoryOf(effect.pidPath), { parents: true });
  await ports.files.makeDirectory(directoryOf(effect.logPath), { parents: true });
  await removeQuietly(ports.files, effect.pidPath);
  const { argv, env, cwd, logPath, pidPath, revision } = effect;
  const record = { path: pidPath, note: revision };
  await ports.processes.spawnDetached({ argv, env, cwd, logPath, record });
}

async function end(effect: EndEffect, ports: EffectPorts): Promise<void> {
  const identity = await readPidFile(ports.files, effect.pidPath);
  if (identity !== undefined) await ports.processes.end(identity, effect.graceMs);
  await removeQuietly(ports.files, effect.pidPath);
}

/** Reads `PID STARTTICKS NOTE`, whatever comes below it; nothing where there is no such file or it says something else. */
export async function readPidFile(
  files: Files,
  path: string,
): Promise<{ pid: number; startTicks: number; note: string } | undefined> {
  let text: string;
  try {
    text = await files.readText(path);
  } catch (error) {
    if (error instanceof FileError && error.code === "ENOENT") return undefined;
    throw error;
  }
  const match = /^(\d+) (\d+)(?: (.*))?$/m.exec(text.trim());
  return match
    ? { pid: Number(match[1]), startTicks: Number(match[2]), note: match[3] ?? "" }
    : undefined;
}

async function removeQuietly(files: Files, path: string): Promise<void> {
  try {
    await files.remove(path);
  } catch (error) {
    if (!(error instanceof FileError && error.code === "ENOENT")) throw error;
  }
}

/**
 * The name under which a file is written before it takes its place. It is always the same, so that what a crash left
 * is written over, or removed with the file.
 */
function temporaryOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return `${path.slice(0, slash)}/.${path.slice(slash + 1)}.khutulun`;
}

function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

function fileErrorFix(error: FileError): string {
  switch (error.code) {
    case "ENOSPC":
    case "EDQUOT":
      return "Free space on that file system; the agent tries again by itself";
    case "EACCES":
    case "EPERM":
      return "Let the agent's user write there, or run the cluster in system mode";
    case "EROFS":
      return "Mount the file system writable; the agent tries again by itself";
    default:
      return "Mend the path on the host; the agent tries again by itself";
  }
}
