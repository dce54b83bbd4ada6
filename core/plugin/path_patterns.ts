import type { HostPaths } from "./contract.ts";

/** Directories of the host that a pattern may begin with. */
const variables = ["units", "data", "runtime", "logs"] as const;

/** What a path matched: where its free part begins. */
export interface PathMatch {
  /** The part that the manifest fixes: it may lead through symbolic links. */
  readonly fixed: string;
  /** The names below it, which may not. */
  readonly rest: readonly string[];
}

/**
 * The path patterns of a manifest, for one host and the items of one call.
 *
 * `*` stands for anything within a name, `**` for one name or more; `{units}`, `{data}`, `{runtime}` and `{logs}` at
 * the beginning are the host's own directories, `{name}` is the name of one of the items.
 */
export class PathPatterns {
  readonly #compile: () => readonly Compiled[];
  /** Made by the first look: most calls of plugins touch no file. */
  #compiled: readonly Compiled[] | undefined;

  constructor(patterns: readonly string[], paths: HostPaths, names: readonly string[]) {
    this.#compile = () => patterns.map((pattern) => compile(pattern, paths, names));
  }

  /** Returns how the path matches; nothing where it does not, or where it is no plain absolute path. */
  match(path: string): PathMatch | undefined {
    if (!isPlainPath(path)) return undefined;
    const segments = path.slice(1).split("/");
    for (const { fixed, free } of this.#compiled ??= this.#compile()) {
      if (!fixed.every((segment, index) => segments[index] === segment)) continue;
      const rest = segments.slice(fixed.length);
      const isMatch = free === undefined ? rest.length === 0 : free.test(rest.join("/"));
      if (isMatch) return { fixed: `/${fixed.join("/")}`, rest };
    }
    return undefined;
  }
}

/** Whether a path is absolute and has no empty, `.` or `..` names: it means what it says. */
export function isPlainPath(path: string): boolean {
  if (!path.startsWith("/") || path.length > 4096 || path.includes("\0")) return false;
  return path.slice(1).split("/").every((each) => each !== "" && each !== "." && each !== "..");
}

/** Returns why a text is no pattern, or nothing. */
export function patternProblem(pattern: string): string | undefined {
  const [first, ...others] = pattern.split("/");
  const variable = first.match(/^\{(\w+)\}$/)?.[1];
  if (first !== "" && !(variables as readonly string[]).includes(variable ?? "")) {
    return `must begin with "/" or one of ${variables.map((each) => `{${each}}`).join(", ")}`;
  }
  for (const segment of others) {
    if (segment === "" || segment === "." || segment === "..") {
      return `must have no empty, "." or ".." names`;
    }
    if (segment.replaceAll("{name}", "").match(/[{}]/)) return `knows no variable but {name} there`;
    if (segment.includes("**") && segment !== "**") return `has "**" as part of a name`;
  }
  return undefined;
}

interface Compiled {
  readonly fixed: readonly string[];
  readonly free: RegExp | undefined;
}

function compile(pattern: string, paths: HostPaths, names: readonly string[]): Compiled {
  const [first, ...others] = pattern.split("/");
  const start = first === "" ? [] : paths[first.slice(1, -1) as keyof HostPaths];
  const segments = [
    ...(typeof start === "string" ? start.slice(1).split("/") : []),
    ...others,
  ];
  const at = segments.findIndex((each) => /\*|\{name\}/.test(each));
  if (at < 0) return { fixed: segments, free: undefined };
  const name = names.length === 0 ? "(?!)" : `(?:${names.map(escape).join("|")})`;
  const free = segments.slice(at).map((segment) =>
    segment === "**"
      ? ".+"
      : segment.split("{name}").map((part) => part.split("*").map(escape).join("[^/]*")).join(name)
  );
  return { fixed: segments.slice(0, at), free: new RegExp(`^${free.join("/")}$`, "s") };
}

function escape(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
