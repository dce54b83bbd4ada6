import type { ProcessIdentity } from "../ports/mod.ts";

/** What `/proc/PID/stat` says of a process (proc_pid_stat(5)). */
export interface ProcessStat extends ProcessIdentity {
  /** `R`, `S`, `Z`, … */
  readonly state: string;
  readonly session: number;
}

/** Returns the fields of one `/proc/PID/stat`. The command's name may hold spaces and parentheses. */
export function parseProcessStat(text: string): ProcessStat {
  const pid = Number(text.slice(0, text.indexOf(" ")));
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { pid, state: fields[0], session: Number(fields[3]), startTicks: Number(fields[19]) };
}

/** Room for the one line of a stat file: 52 numbers and a name of 64 bytes at the most. */
const statBuffer = new Uint8Array(2_048);
const statDecoder = new TextDecoder();

/**
 * Returns what a process is, or nothing where there is none.
 *
 * An agent without systemd asks this of every process each second. The size of such a file is not known before, and
 * reading it as any other takes six reads, each of which makes the kernel write it anew; with room enough it is one.
 */
export function readProcessStat(pid: number): ProcessStat | undefined {
  let file: Deno.FsFile | undefined;
  try {
    file = Deno.openSync(`/proc/${pid}/stat`);
    const length = file.readSync(statBuffer) ?? 0;
    return parseProcessStat(statDecoder.decode(statBuffer.subarray(0, length)));
  } catch {
    return undefined; // gone; or, between two reads, going (ESRCH)
  } finally {
    file?.close();
  }
}

/** Whether a process runs: one that waits for its parent to take note of its end does not. */
export function isAlive(stat: ProcessStat | undefined): stat is ProcessStat {
  return stat !== undefined && stat.state !== "Z" && stat.state !== "X";
}

/** Returns the living processes of a session. */
export function processesOfSession(session: number): ProcessStat[] {
  const found: ProcessStat[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readProcessStat(Number(name));
    if (isAlive(stat) && stat.session === session) found.push(stat);
  }
  return found;
}

/** Whether a process was started with this `NAME=value` in its environment. */
export function startedWith(pid: number, assignment: string): boolean {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/environ`).split("\0").includes(assignment);
  } catch {
    return false;
  }
}

/** Returns the id of the machine's present boot. */
export function bootId(): string {
  return Deno.readTextFileSync("/proc/sys/kernel/random/boot_id").trim();
}
