import type { Ended } from "./command.ts";
import type { Host } from "./host.ts";
import {
  type Entry,
  isAsExpected,
  type LabEntry,
  type Mode,
  type TypedEntry,
} from "./transcript.ts";

const commandMsMax = 420_000;
const pollMs = 200;

/** A guard is stretched by this on a machine that does other things too. */
const patience = 3;

/** A line of a transcript that did not go as written. */
export class Mismatch extends Error {
  override readonly name = "Mismatch";
}

/** What the shell of a command prints around what the command prints. */
const [began, ended] = ["=began=", "=ended="];
const endPattern = new RegExp(`^([^]*)${ended} (\\d+)$`);
const attemptsMax = 3;

/** Typed first in every shell of alice in user mode: her systemd is the one that is meant. */
const userPreamble = `
systemctl() { command systemctl --user "$@"; }
journalctl() { command journalctl --user "$@"; }
systemd-run() { command systemd-run --user "$@"; }
export -f systemctl journalctl systemd-run
`;

/**
 * Plays the entries of a transcript in order; throws a `Mismatch` at the first that does not go as written.
 *
 * `say` is told each line as it is typed, with what came back.
 */
export async function play(
  entries: readonly Entry[],
  hosts: ReadonlyMap<string, Host>,
  mode: Mode,
  say: (line: string) => void,
): Promise<void> {
  for (const entry of entries) {
    const host = hosts.get(entry.host);
    if (!host) throw new Mismatch(`Line ${entry.line}: there is no host ${entry.host}`);
    if (entry.kind === "lab") {
      await playAction(entry, host, say);
    } else await playTyped(entry, host, mode, say);
  }
}

async function playAction(
  { action, forMs }: LabEntry,
  host: Host,
  say: (line: string) => void,
): Promise<void> {
  say(`lab> ${action} ${host.name}${forMs === undefined ? "" : ` for ${forMs / 1000}s`}`);
  await host[action]();
  if (forMs === undefined) return;
  await new Promise((resolve) => setTimeout(resolve, forMs));
  await (action === "cut" ? host.heal() : host.resume());
}

async function playTyped(
  entry: TypedEntry,
  host: Host,
  mode: Mode,
  say: (line: string) => void,
): Promise<void> {
  const start = performance.now();
  const { expected } = entry;
  const withinMs = (entry.withinMs ?? 0) * patience;
  say(`${entry.host}${promptOf(entry, mode)} ${entry.command}`);
  for (;;) {
    const { exit, stdout, stderr } = await typeIn(entry, host, mode);
    const isRight = isAsExpected(expected, exit, stdout);
    if (isRight || performance.now() - start > withinMs) {
      if (stdout.trim() !== "") say(stdout.trimEnd());
      if (exit !== 0) say(`[exit ${exit ?? "passed its deadline"}]`);
      if (isRight) return;
      if (stderr.trim() !== "") say(`(on the way there: ${stderr.trim()})`);
      const wanted = [
        ...expected.lines ?? ["(any output)"],
        ...(expected.exit === 0 ? [] : [`[exit ${expected.exit}]`]),
      ];
      throw new Mismatch(`Line ${entry.line}: expected\n${wanted.join("\n")}`);
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/**
 * Types a command in a shell, which says itself that it began, and how the command ended: whoever starts the shell may
 * fail to, or lose sight of it, while a scenario has systemd reloaded or killed. What never began is begun again.
 */
async function typeIn(entry: TypedEntry, host: Host, mode: Mode): Promise<Ended> {
  const isUser = entry.account === "user" || (entry.account === "mode" && mode === "user");
  const preamble = entry.account === "mode" && isUser ? userPreamble : "";
  const typed = `(MODE=${mode}\n${preamble}${entry.command}\n)`;
  const argv = ["bash", "-c", `exec 2>&1; echo ${began}\n${typed}\nprintf '${ended} %s' $?`];
  for (let attempt = 1;; attempt++) {
    const found = isUser
      ? await host.execAs("alice", argv, commandMsMax)
      : await host.exec(argv, commandMsMax);
    const { stdout } = found;
    if (!stdout.startsWith(`${began}\n`)) {
      if (attempt < attemptsMax && found.exit !== undefined) continue;
      return found;
    }
    const [, output, exit] = stdout.slice(began.length + 1).match(endPattern) ?? [];
    if (exit === undefined) return { ...found, stdout: stdout.slice(began.length + 1) };
    return { ...found, stdout: output, exit: Number(exit) };
  }
}

function promptOf({ account }: TypedEntry, mode: Mode): string {
  const isUser = account === "user" || (account === "mode" && mode === "user");
  return isUser ? "$" : "#";
}
