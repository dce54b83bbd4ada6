import { formatDurationMs } from "../base/mod.ts";
import { FileError, type Files, type Processes } from "../ports/mod.ts";
import { contextOf, type StoreContext, type StoreOptions, uniqueName } from "./_context.ts";
import { removeTree } from "./_directories.ts";
import { fileProblem } from "./_file_problems.ts";
import { mountOf, parseMounts, unfitOptions } from "./mount_table.ts";

/** What a look at the mount has found: a line of `khutulun doctor`. */
export interface MountFinding {
  readonly check: string;
  readonly status: "ok" | "warning" | "failed" | "skipped";
  readonly message: string;
  readonly fix?: string;
}

export interface ProbeOptions extends StoreOptions {
  /** The host's own files, for `/proc`. */
  readonly local: Files;
  /** To try locks between processes, with flock(1); skipped where absent. */
  readonly processes?: Processes;
  /** Who we are: files that we make must belong to this user. */
  readonly uid?: number;
}

type Result = Omit<MountFinding, "check">;

/** How far the clock of the file system may be from ours. */
const skewMsMax = 2_000;
/** How many try to make one link at the same time. */
const contenders = 8;

/**
 * Tries whether a directory's file system can hold the state of a cluster: what the store's correctness rests on (link(2)), and
 * what saves it work (locks, clocks that agree). Leaves nothing behind.
 */
export async function probeMount(options: ProbeOptions): Promise<MountFinding[]> {
  const context = contextOf(options);
  const directory = `${context.root}/.probe.${uniqueName(context)}.tmp`;
  const checks: [string, () => Promise<Result>][] = [
    ["state: mount", () => probeTable(context, options.local)],
    ["state: writable", () => probeWriting(context, directory, options.uid)],
    ["state: hard links", () => probeLinks(context, directory)],
    ["state: locks", () => probeLocks(context, directory, options.processes)],
    ["state: clock", () => probeClock(context, directory)],
  ];
  const findings: MountFinding[] = [];
  for (const [check, probe] of checks) findings.push({ check, ...await attempt(context, probe) });
  await removeTree(context, directory).catch(() => {}); // what cannot be removed was reported above
  return findings;
}

async function attempt(context: StoreContext, probe: () => Promise<Result>): Promise<Result> {
  try {
    return await probe();
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    const { what, why, fix } = fileProblem(error, "do that there", context.writer.host);
    return { status: "failed", message: `${what}: ${why}`, fix };
  }
}

async function probeTable(context: StoreContext, local: Files): Promise<Result> {
  const path = await context.files.realPath(context.root);
  const text = await local.readText("/proc/self/mountinfo").catch(() => undefined);
  const mount = text === undefined ? undefined : mountOf(parseMounts(text), path);
  if (!mount) return { status: "skipped", message: "This machine does not tell its mounts" };
  const unfit = unfitOptions(mount);
  if (unfit) return { status: "failed", message: unfit.why, fix: unfit.fix };
  return { status: "ok", message: `${mount.type} from "${mount.source}" at "${mount.at}"` };
}

async function probeWriting(
  { files }: StoreContext,
  directory: string,
  uid: number | undefined,
): Promise<Result> {
  await files.makeDirectory(directory);
  await files.writeNew(`${directory}/file`, "probe\n");
  await files.syncDirectory(directory);
  const info = await files.stat(`${directory}/file`);
  if (uid === undefined || info?.uid === uid) {
    return { status: "ok", message: "Files can be written, synced and read" };
  }
  return {
    status: "failed",
    message: `Files made by user ${uid} belong to user ${info?.uid}`,
    fix: "Export it without squashing (no_root_squash), or run the agent as one user everywhere",
  };
}

async function probeLinks({ files }: StoreContext, directory: string): Promise<Result> {
  const names = Array.from({ length: contenders }, (_, index) => `${directory}/contender-${index}`);
  for (const name of names) await files.writeNew(name, name);
  const target = `${directory}/won`;
  const wins = await Promise.all(names.map((name) => wasLinked(files, name, target)));
  const winners = wins.filter(Boolean).length;
  const [linked, winner] = [await files.stat(target), names[wins.indexOf(true)]];
  const original = winner === undefined ? undefined : await files.stat(winner);
  if (winners !== 1 || await files.readText(target) !== winner) {
    return {
      status: "failed",
      message: `${winners} of ${contenders} made the same link`,
      fix: "Use a file system with hard links: ext4, XFS, Btrfs, ZFS, NFS, CephFS, GlusterFS",
    };
  }
  if (linked?.links === 2 && linked.inode === original?.inode) {
    return { status: "ok", message: "A link is made once, whoever tries" };
  }
  return {
    status: "warning",
    message: "A link is made once, but does not show as a second name of the same file",
    fix:
      "Nothing is lost by it: a link whose answer got lost counts as a conflict, and is tried again",
  };
}

async function wasLinked(files: Files, from: string, to: string): Promise<boolean> {
  try {
    await files.link(from, to);
    return true;
  } catch (error) {
    if (error instanceof FileError && error.code === "EEXIST") return false;
    throw error;
  }
}

async function probeLocks(
  { locks }: StoreContext,
  directory: string,
  processes: Processes | undefined,
): Promise<Result> {
  const path = `${directory}/lock`;
  const held = await locks.tryLock(path);
  const fix = "Use a file system with working locks; the state stays right without, but " +
    "hosts then do some work twice";
  if (!held) return { status: "warning", message: "A lock that nobody has cannot be taken", fix };
  try {
    const second = await locks.tryLock(path);
    await second?.release();
    if (second) return { status: "warning", message: "A lock was given twice", fix };
    const other = await lockFromOutside(processes, path);
    if (other === "taken") {
      return { status: "warning", message: "Another process was given a lock that is held", fix };
    }
    const between = other === "refused"
      ? "between processes"
      : "(flock(1) is not here to try others)";
    return { status: "ok", message: `Locks hold ${between}` };
  } finally {
    await held.release();
  }
}

async function lockFromOutside(
  processes: Processes | undefined,
  path: string,
): Promise<"taken" | "refused" | undefined> {
  if (!processes || !(await processes.which("flock"))) return undefined;
  const argv = ["flock", "--nonblock", path, "true"];
  const { exit } = await processes.run({ argv, timeoutMs: 10_000 });
  return exit === 0 ? "taken" : exit === 1 ? "refused" : undefined;
}

async function probeClock({ files, clock }: StoreContext, directory: string): Promise<Result> {
  const earliestMs = clock.nowMs();
  await files.writeNew(`${directory}/clock`, "");
  const latestMs = clock.nowMs();
  const thereMs = (await files.stat(`${directory}/clock`))?.modifiedMs ?? 0;
  const skewMs = thereMs < earliestMs ? thereMs - earliestMs : Math.max(0, thereMs - latestMs);
  if (Math.abs(skewMs) <= skewMsMax) {
    return { status: "ok", message: "The file system's clock agrees with this host's" };
  }
  const side = skewMs > 0 ? "ahead of" : "behind";
  return {
    status: "warning",
    message: `The file system's clock is ${formatDurationMs(Math.abs(skewMs))} ${side} this host's`,
    fix: "Let this host and the file server follow one time source (chrony, systemd-timesyncd)",
  };
}
