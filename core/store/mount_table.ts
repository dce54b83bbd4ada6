/** One line of `/proc/self/mountinfo` (proc_pid_mountinfo(5)): where a file system is mounted, and how. */
export interface Mount {
  readonly at: string;
  readonly type: string;
  readonly source: string;
  /** Options of the mount and of its file system, without values: `ro`, `nolock`; with them: `local_lock=all`. */
  readonly options: readonly string[];
}

/** Returns the mounts of a mountinfo text, in its order: later ones lie over earlier ones. */
export function parseMounts(text: string): Mount[] {
  const mounts: Mount[] = [];
  for (const line of text.split("\n")) {
    const [before, after] = line.split(" - ");
    if (after === undefined) continue;
    const [type, source, superOptions = ""] = after.split(" ");
    const fields = before.split(" ");
    const options = [...new Set([...fields[5].split(","), ...superOptions.split(",")])];
    mounts.push({ at: unescape(fields[4]), type, source: unescape(source), options });
  }
  return mounts;
}

/** Returns the mount that a path (without symbolic links) lies on. */
export function mountOf(mounts: readonly Mount[], path: string): Mount | undefined {
  const isUnder = ({ at }: Mount) => at === "/" || path === at || path.startsWith(`${at}/`);
  const candidates = mounts.filter(isUnder);
  const longest = Math.max(...candidates.map(({ at }) => at.length));
  return candidates.findLast(({ at }) => at.length === longest);
}

/** Returns why a mount's options make it unfit for the state of a cluster, and what to change. */
export function unfitOptions(mount: Mount): { why: string; fix: string } | undefined {
  const { options, at } = mount;
  if (options.includes("ro")) {
    return { why: `"${at}" is mounted read-only`, fix: "Mount it read-write" };
  }
  const local = options.find((each) => /^(nolock|local_lock=(all|flock))$/.test(each));
  if (!local) return undefined;
  return {
    why: `"${at}" is mounted with "${local}": locks would hold on each host alone`,
    fix: local === "nolock"
      ? 'Mount it with "lock", or with NFS version 4'
      : "Mount it with local_lock=none",
  };
}

/** Undoes the octal escapes of blanks and backslashes. */
function unescape(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_all, octal) => String.fromCharCode(parseInt(octal, 8)));
}
