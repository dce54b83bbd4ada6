import type { Command, CommandResult } from "../ports/mod.ts";
import { wholeEnvironment } from "./_environment.ts";
import { findCommand } from "./_find_command.ts";

const outputBytesMaxDefault = 1024 * 1024;
/** From TERM to KILL for a command that passed its deadline. */
const killAfterMs = 2_000;
/** How long what a command left in the background may keep its output open. */
const lingerMs = 500;

interface Kept {
  readonly bytes: Uint8Array;
  readonly truncated: boolean;
}

/** Runs a command to its end or its deadline; see the port `Processes`. */
export async function runCommand(command: Command, signal?: AbortSignal): Promise<CommandResult> {
  const env = wholeEnvironment(command.env);
  const found = findCommand(command.argv[0] ?? "", env.PATH, command.cwd);
  if ("failure" in found) return notStarted(found.failure);
  if (signal?.aborted) return notStarted("aborted");
  let child: Deno.ChildProcess;
  try {
    child = spawnGroup(found.path, command, env);
  } catch (error) {
    return notStarted(...whyNotStarted(error, command));
  }
  return await follow(child, command, signal);
}

function spawnGroup(
  path: string,
  command: Command,
  env: Record<string, string>,
): Deno.ChildProcess {
  return new Deno.Command(path, {
    args: command.argv.slice(1),
    env,
    clearEnv: true,
    // Not where we were started: that may be closed to this user (sudo -u), or gone.
    cwd: command.cwd ?? "/",
    stdin: command.stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    detached: true, // a session of its own, so that a deadline ends all that the command started
  }).spawn();
}

async function follow(
  child: Deno.ChildProcess,
  command: Command,
  signal?: AbortSignal,
): Promise<CommandResult> {
  const max = command.outputBytesMax ?? outputBytesMaxDefault;
  const stop = new AbortController();
  const stdout = keep(child.stdout, max, stop.signal);
  const stderr = keep(child.stderr, max, stop.signal);
  const fed = feed(child, command.stdin);
  const ending = endWhen(child, command.timeoutMs, signal);
  const status = await child.status;
  ending.cancel();
  await settleWithin(Promise.all([stdout, stderr, fed]), lingerMs);
  stop.abort();
  const [out, err] = await Promise.all([stdout, stderr]);
  const decoder = new TextDecoder();
  return {
    ...(ending.failure() ? { failure: ending.failure() } : { exit: status.code }),
    stdout: decoder.decode(out.bytes),
    stderr: decoder.decode(err.bytes),
    truncated: out.truncated || err.truncated,
  };
}

/** Ends the command's whole group at its deadline or on abort: TERM, then KILL. */
function endWhen(child: Deno.ChildProcess, timeoutMs: number, signal?: AbortSignal) {
  let failure: "timeout" | "aborted" | undefined;
  let killTimer: ReturnType<typeof setTimeout> | undefined;
  const end = (why: "timeout" | "aborted") => {
    if (failure) return;
    failure = why;
    killGroup(child.pid, "SIGTERM");
    killTimer = setTimeout(() => killGroup(child.pid, "SIGKILL"), killAfterMs);
  };
  const deadline = setTimeout(() => end("timeout"), timeoutMs);
  const onAbort = () => end("aborted");
  signal?.addEventListener("abort", onAbort, { once: true });
  return {
    failure: () => failure,
    cancel: () => {
      clearTimeout(deadline);
      clearTimeout(killTimer);
      signal?.removeEventListener("abort", onAbort);
      // The command itself is gone; what it started and what ignored TERM goes with it.
      if (failure) killGroup(child.pid, "SIGKILL");
    },
  };
}

/** Sends a signal to every process of a group; no error where none is left. */
export function killGroup(group: number, signal: Deno.Signal): void {
  try {
    Deno.kill(-group, signal);
  } catch { /* they are gone */ }
}

async function feed(child: Deno.ChildProcess, text: string | undefined): Promise<void> {
  if (text === undefined) return;
  try {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
  } catch {
    /* it ended, or closed its input, before it had read all: its exit code says how that went */
  }
}

/** Reads a stream to its end, keeping its first `bytesMax` bytes: a chatty command must not block on a full pipe. */
async function keep(
  stream: ReadableStream<Uint8Array>,
  bytesMax: number,
  stop: AbortSignal,
): Promise<Kept> {
  const reader = stream.getReader();
  stop.addEventListener("abort", () => void reader.cancel().catch(() => {}), { once: true });
  const chunks: Uint8Array[] = [];
  let kept = 0;
  let truncated = false;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    const chunk = next.value.subarray(0, bytesMax - kept);
    if (chunk.length < next.value.length) truncated = true;
    if (chunk.length > 0) chunks.push(chunk);
    kept += chunk.length;
  }
  return { bytes: join(chunks, kept), truncated };
}

function join(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

async function settleWithin(work: Promise<unknown>, durationMs: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<void>((resolve) => timer = setTimeout(resolve, durationMs));
  await Promise.race([work.catch(() => {}), limit]);
  clearTimeout(timer);
}

function notStarted(failure: CommandResult["failure"], stderr = ""): CommandResult {
  return { failure, stdout: "", stderr, truncated: false };
}

function whyNotStarted(
  error: unknown,
  command: Command,
): [CommandResult["failure"], string] {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Deno.errors.NotFound) {
    // The file was found: what is missing is the script's interpreter or the directory.
    return ["not-found", command.cwd ? `${message} (working directory "${command.cwd}")` : message];
  }
  return ["not-executable", message];
}
