import * as fs from "node:fs";

/** Where a command is, or why it cannot be run. */
export type FoundCommand =
  | { readonly path: string }
  | { readonly failure: "not-found" | "not-executable" };

/** Looks for a command as execvp(3) does: a name in `searchPath`, anything with a slash from `cwd`. */
export function findCommand(name: string, searchPath: string, cwd?: string): FoundCommand {
  const candidates = name.includes("/")
    ? [name.startsWith("/") ? name : `${cwd ?? Deno.cwd()}/${name}`]
    : searchPath.split(":").filter(Boolean).map((folder) => `${folder}/${name}`);
  let failure: "not-found" | "not-executable" = "not-found";
  for (const path of name === "" ? [] : candidates) {
    if (!isFile(path)) continue;
    if (isExecutable(path)) return { path };
    failure = "not-executable";
  }
  return { failure };
}

function isFile(path: string): boolean {
  try {
    return fs.statSync(path).isFile();
  } catch {
    return false;
  }
}

function isExecutable(path: string): boolean {
  try {
    fs.accessSync(path, fs.constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
