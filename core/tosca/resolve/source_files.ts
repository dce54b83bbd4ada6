/**
 * Where the files of a template come from: a folder, an archive, a package in the store, an upload.
 *
 * Paths are relative to the root (the folder of the entry file, or the archive's root), with `/` between parts.
 * What has a scheme (`https:`) is handed over as it was written; whoever has no network answers `undefined`.
 */
export interface SourceFiles {
  read(path: string): Promise<Uint8Array | undefined>;
  /** Whether paths may not leave the root by `..`; packages and archives are contained, a person's folder is not. */
  readonly isContained?: boolean;
  /** Returns the name to show for a path; the path itself where absent. */
  label?(path: string): string;
  /** Returns why a path could not be read, where more is known than that there is no such file: half a sentence. */
  failure?(path: string): string | undefined;
  /** What stands before the path of an artifact's file in the graph; nothing where absent. */
  readonly artifactPrefix?: string;
}

/** A profile that templates may import by name. */
export interface ProfileSource {
  readonly name: string;
  readonly files: SourceFiles;
  readonly entry: string;
}

/** Returns source files from memory. */
export function memoryFiles(
  contents: ReadonlyMap<string, Uint8Array | string>,
  options: { readonly prefix?: string; readonly artifactPrefix?: string } = {},
): SourceFiles {
  const encoder = new TextEncoder();
  return {
    isContained: true,
    read(path) {
      const content = contents.get(path) ?? contents.get(fetchedPath(path));
      return Promise.resolve(typeof content === "string" ? encoder.encode(content) : content);
    },
    label: (path) => (options.prefix ?? "") + path,
    artifactPrefix: options.artifactPrefix ?? "",
  };
}

/** Returns where in a package the copy of a file is that a URL names: `fetched/https/example.org/types.yaml`. */
export function fetchedPath(url: string): string {
  const parts = /^(https?):\/\/([^?#]*)(.*)$/i.exec(url);
  if (!parts) return url;
  const [, scheme, path, rest] = parts;
  const segments = `${path}${rest}`.split("/").filter((each) =>
    each !== "" && !/^\.\.?$/.test(each)
  );
  return ["fetched", scheme.toLowerCase(), ...segments.map(encodeURIComponent)].join("/");
}

/**
 * Returns the profiles among files: each file that says `profile: NAME` is the entry of that profile.
 *
 * Only lines at the left margin are looked at, so that a hundred files cost nothing.
 */
export function findProfiles(
  contents: ReadonlyMap<string, Uint8Array>,
  options: { readonly prefix?: string } = {},
): ProfileSource[] {
  const files = memoryFiles(contents, options);
  const decoder = new TextDecoder();
  const found: ProfileSource[] = [];
  for (const [entry, bytes] of contents) {
    if (!/\.ya?ml$/.test(entry)) continue;
    const name = decoder.decode(bytes).match(/^profile:[ \t]+["']?([^\s"'#]+)/m)?.[1];
    if (name) found.push({ name, files, entry });
  }
  return found;
}

/** Returns `path` as seen from the folder of `from`, with `.` and `..` resolved; it may begin with `../`. */
export function joinPath(from: string, path: string): string {
  const isRooted = path.startsWith("/");
  const parts = isRooted ? [] : from.split("/").slice(0, -1);
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else parts.push(part);
  }
  return parts.join("/");
}
