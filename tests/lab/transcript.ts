/**
 * Scenarios as a sysadmin would have noted them: what was typed on which host, and what came back.
 *
 *     # A killed process comes back, and systemd alone brought it back.
 *     hosts: 1
 *     modes: system user
 *
 *     h1% systemctl kill -s KILL khutulun.hello.web-0
 *
 *     # Within five seconds it runs again.
 *     h1 within 5s% systemctl is-active khutulun.hello.web-0
 *     active
 *
 *     lab> kill h1
 *     lab> start h1
 *     lab> pause h1 for 3s
 *
 * A prompt ends in `#` (root), `$` (alice, in her own systemd manager) or `%` (the account that the mode of the run
 * says: root for `system`, alice for `user`, for whom `systemctl` and `journalctl` speak to her own manager).
 * The lines up to the next blank line are what has to come back: `…` stands for any text, alone on a line for any
 * lines; `[nothing]` for no output; without any line, all is welcome. The command has to succeed, unless the last
 * line is `[exit N]`. Prose is what begins with `#` after a blank line. `within` guards against waiting for ever on what
 * never comes, and is no measure: a busy machine gets more.
 */
export interface Transcript {
  /** The first line of prose. */
  readonly title: string;
  /** How many hosts boot for it. */
  readonly hosts: number;
  readonly modes: readonly Mode[];
  /** What has to be in the hosts' `/mnt/lab`, by name: `khutulun`, or a program of `tests/lab/programs/`. */
  readonly needs: readonly string[];
  /** Debian packages that its hosts have besides the usual ones. It is played only where it is named. */
  readonly packages: readonly string[];
  /** Size of each host's disk, as truncate(1) takes it. */
  readonly disk?: string;
  /** About how long it takes on two cores: what takes long is begun first. */
  readonly takesMs: number;
  readonly entries: readonly Entry[];
}

export type Mode = "system" | "user";

export type Account = "root" | "user" | "mode";

export type Entry = TypedEntry | LabEntry;

/** A command typed on a host. */
export interface TypedEntry {
  readonly kind: "typed";
  readonly line: number;
  readonly host: string;
  readonly account: Account;
  readonly command: string;
  /** Tried again until it answers as expected, for this long. */
  readonly withinMs?: number;
  readonly expected: Expected;
}

/** Something done to a host from outside. */
export interface LabEntry {
  readonly kind: "lab";
  readonly line: number;
  readonly action: LabAction;
  readonly host: string;
  /** How long a pause or a cut lasts; it ends with the next action that undoes it where this is absent. */
  readonly forMs?: number;
}

export type LabAction = (typeof labActions)[number];

export interface Expected {
  /** Absent: any output will do. */
  readonly lines?: readonly string[];
  readonly exit: number;
}

const takesMsUsual = 20_000;
const labActions = ["start", "kill", "reboot", "pause", "resume", "cut", "heal"] as const;
const accounts: Readonly<Record<string, Account>> = { "#": "root", "$": "user", "%": "mode" };

/** Reads a transcript; throws with the line that it does not understand. */
export function parseTranscript(text: string): Transcript {
  const lines = text.split("\n");
  const titleAt = lines.findIndex((line) => line.startsWith("# "));
  if (titleAt < 0) throw new Error(`Line 1: expected a title ("# …")`);
  const header = new Map<string, string>();
  const entries: Entry[] = [];
  for (let at = titleAt; at < lines.length; at++) {
    const line = lines[at];
    if (line.trim() === "" || line.startsWith("#")) continue;
    const field = entries.length === 0 &&
      line.match(/^(hosts|modes|needs|packages|disk|takes): *(.*)$/);
    if (field) {
      header.set(field[1], field[2].trim());
      continue;
    }
    const lab = line.match(/^lab> (\w+) (h[1-3])(?: for (\d+)s)?$/);
    if (lab) {
      entries.push(labEntry(at + 1, lab[1], lab[2], lab[3]));
      continue;
    }
    const typed = readTyped(lines, at);
    if (!typed) throw new Error(`Line ${at + 1}: expected a prompt, "lab>" or prose: "${line}"`);
    entries.push(typed.entry);
    at = typed.last;
  }
  const words = (name: string) => (header.get(name) ?? "").split(/[ ,]+/).filter(Boolean);
  return {
    title: lines[titleAt].slice(2),
    hosts: Number(header.get("hosts") ?? 1),
    modes: header.has("modes") ? words("modes") as Mode[] : ["system"],
    needs: words("needs"),
    packages: words("packages"),
    disk: header.get("disk"),
    takesMs: header.has("takes") ? parseInt(header.get("takes")!) * 1000 : takesMsUsual,
    entries,
  };
}

function labEntry(line: number, action: string, host: string, seconds?: string): LabEntry {
  const known = labActions.find((each) => each === action);
  if (!known) throw new Error(`Line ${line}: "${action}" is none of ${labActions.join(", ")}`);
  if (seconds === undefined) return { kind: "lab", line, action: known, host };
  if (known !== "pause" && known !== "cut") {
    throw new Error(`Line ${line}: "${action}" has no end: only pause and cut last for a time`);
  }
  return { kind: "lab", line, action: known, host, forMs: Number(seconds) * 1000 };
}

function readTyped(
  lines: readonly string[],
  at: number,
): { entry: TypedEntry; last: number } | undefined {
  const prompt = lines[at].match(/^(h[1-3])(?: within (\d+)s)?([#$%]) (.*)$/);
  if (!prompt) return undefined;
  const [, host, seconds, sign, first] = prompt;
  let last = at;
  let command = first;
  while (command.endsWith("\\")) command = `${command}\n${lines[++last] ?? ""}`;
  const expected: string[] = [];
  for (; !isEnd(lines[last + 1]); last++) expected.push(lines[last + 1]);
  const entry: TypedEntry = {
    kind: "typed",
    line: at + 1,
    host,
    account: accounts[sign],
    command,
    withinMs: seconds ? Number(seconds) * 1000 : undefined,
    expected: readExpected(expected),
  };
  return { entry, last };
}

function isEnd(line: string | undefined): boolean {
  return line === undefined || line.trim() === "" || /^(h[1-3][^#$%]*[#$%]|lab>) /.test(line);
}

function readExpected(lines: readonly string[]): Expected {
  const exit = lines.at(-1)?.match(/^\[exit (\d+)\]$/);
  const rest = exit ? lines.slice(0, -1) : lines;
  const isNothing = rest.length === 1 && rest[0] === "[nothing]";
  return {
    exit: exit ? Number(exit[1]) : 0,
    lines: isNothing ? [] : rest.length > 0 ? rest : undefined,
  };
}

/** Whether what came back is what was expected. */
export function isAsExpected(
  expected: Expected,
  exit: number | undefined,
  output: string,
): boolean {
  if (exit !== expected.exit) return false;
  return expected.lines === undefined || matchLines(expected.lines, linesOf(output));
}

function matchLines(patterns: readonly string[], lines: readonly string[]): boolean {
  if (patterns.length === 0) return lines.length === 0;
  const [pattern, ...others] = patterns;
  if (pattern.trim() === "…") {
    for (let skipped = 0; skipped <= lines.length; skipped++) {
      if (matchLines(others, lines.slice(skipped))) return true;
    }
    return false;
  }
  return lines.length > 0 && matchLine(pattern, lines[0]) && matchLines(others, lines.slice(1));
}

function matchLine(pattern: string, line: string): boolean {
  const literals = pattern.trimEnd().split("…").map((part) =>
    part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
  );
  return new RegExp(`^${literals.join(".*")}$`).test(line.trimEnd());
}

function linesOf(output: string): string[] {
  const text = output.replace(/\s+$/, "");
  return text === "" ? [] : text.split("\n");
}
