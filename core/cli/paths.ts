/** Returns the folder of a path, without a slash at its end; `""` for a bare name. */
export function parentOf(path: string): string {
  const at = path.lastIndexOf("/");
  return at < 0 ? "" : path.slice(0, at);
}

/** Returns a path inside a folder; `""` is the working directory. */
export function joinPath(folder: string, name: string): string {
  return folder === "" || name.startsWith("/") ? name : `${folder}/${name}`;
}

/** Returns a path without `.`, doubled slashes and inner `..`; `..` at the start stay. */
export function normalPath(path: string): string {
  const out: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && out.length > 0 && out.at(-1) !== "..") out.pop();
    else if (part !== ".." || !path.startsWith("/")) out.push(part);
  }
  return (path.startsWith("/") ? "/" : "") + out.join("/");
}
