import { exec, panic } from "../../plugin-pdk/assemblyscript/mod";

/** What is at a path. */
export class Observed {
  constructor(
    readonly path: string,
    readonly isDirectory: bool,
    /** Permission bits. */
    readonly mode: i32,
    /** `uid:gid` and `user:group`. */
    readonly ids: string,
    readonly names: string,
  ) {}

  /** Whether the owner is that one, as `user`, `user:group`, by name or by number. */
  isOwnedBy(owner: string): bool {
    const wanted = owner.split(":");
    return isPart(wanted, this.ids.split(":")) || isPart(wanted, this.names.split(":"));
  }
}

function isPart(wanted: string[], found: string[]): bool {
  for (let i = 0; i < wanted.length; i++) {
    if (i >= found.length || wanted[i] != found[i]) return false;
  }
  return true;
}

const directoryType: i32 = 0x4000;
const typeMask: i32 = 0xf000;

/** Looks at all paths by one command; what is not there is not in the result. Links are not followed. */
export function observePaths(paths: string[]): Map<string, Observed> {
  const observed = new Map<string, Observed>();
  if (paths.length == 0) return observed;
  const argv = ["stat", "-c", "%f %u:%g %U:%G %n", "--"];
  const result = exec(argv.concat(paths));
  if (result.failure.length > 0) panic(`cannot run stat: ${result.failure}`);
  const lines = result.stdout.split("\n");
  for (let i = 0; i < lines.length; i++) {
    const words = lines[i].split(" ");
    if (words.length < 4) continue;
    const bits = parseInt(words[0], 16) as i32;
    const path = words.slice(3).join(" ");
    const isDirectory = (bits & typeMask) == directoryType;
    observed.set(path, new Observed(path, isDirectory, bits & 0xfff, words[1], words[2]));
  }
  return observed;
}
