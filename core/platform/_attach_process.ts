import { ProblemError } from "../base/mod.ts";
import type { AttachCommand, AttachedProcess, TerminalWish } from "../ports/mod.ts";
import { environmentThroughShell, wholeEnvironment } from "./_environment.ts";
import { findCommand } from "./_find_command.ts";
import { killGroup } from "./_run_command.ts";
import { commandProblem } from "./_spawn_detached.ts";
import { PseudoTerminal } from "./pty/pseudo_terminal.ts";

/**
 * Takes the terminal "$0" for its own and becomes the command: a process that leads a session and has no terminal yet gets
 * the first that it opens (setsid(2)), and with it Ctrl-C.
 */
const atTerminal = `exec "$@" <>"$0" >&0 2>&0`;

/** Starts a process whose streams are ours, in a session of its own; see the port `Processes`. */
export function attachProcess(command: AttachCommand): AttachedProcess {
  const env = wholeEnvironment(command.env);
  const name = command.argv[0] ?? "";
  const found = findCommand(name, env.PATH, command.cwd);
  if ("failure" in found) throw new ProblemError(commandProblem(name, found.failure));
  const argv = [found.path, ...command.argv.slice(1)];
  return command.terminal === undefined
    ? attachByPipes(argv, env, command.cwd)
    : attachAtTerminal(argv, env, command.cwd, command.terminal);
}

function attachByPipes(
  argv: readonly string[],
  env: Record<string, string>,
  cwd: string | undefined,
): AttachedProcess {
  const child = new Deno.Command(argv[0], {
    args: argv.slice(1),
    env,
    clearEnv: true,
    cwd,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    detached: true,
  }).spawn();
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    exit: child.status.then((status) => status.code),
    kill: (signal) => killGroup(child.pid, signal),
  };
}

function attachAtTerminal(
  argv: readonly string[],
  env: Record<string, string>,
  cwd: string | undefined,
  wish: TerminalWish,
): AttachedProcess {
  const terminal = new PseudoTerminal(wish);
  const { outer, argv: mended } = environmentThroughShell({ ...env, TERM: wish.type });
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command("/bin/sh", {
      args: ["-c", atTerminal, terminal.path, ...mended, ...argv],
      env: outer,
      clearEnv: true,
      cwd,
      stdin: "null",
      stdout: "null",
      stderr: "null",
      detached: true,
    }).spawn();
  } catch (error) {
    terminal.output.cancel();
    throw error;
  }
  const exit = child.status.then((status) => status.code);
  exit.finally(() => terminal.hangUp());
  return {
    stdin: terminal.input,
    stdout: terminal.output,
    stderr: new ReadableStream({ start: (controller) => controller.close() }),
    exit,
    kill(signal) {
      killGroup(child.pid, signal);
      if (signal === "SIGHUP") terminal.hangUp();
    },
    resize: (size) => terminal.resize(size),
  };
}
