import { type CommandResult, FileError, type Files, type Processes } from "../../ports/mod.ts";

/** Files of a host that has none: for plans of what a first deploy would do. Nothing can be written. */
export const emptyFiles: Files = {
  readText: (path) => absent("readText", path),
  readBytes: (path) => absent("readBytes", path),
  writeNew: (path) => refused("writeNew", path),
  append: (path) => refused("append", path),
  link: (from) => refused("link", from),
  rename: (from) => refused("rename", from),
  remove: (path) => refused("remove", path),
  makeDirectory: (path) => refused("makeDirectory", path),
  removeDirectory: (path) => refused("removeDirectory", path),
  list: (path) => absent("list", path),
  stat: () => Promise.resolve(undefined),
  realPath: (path) => absent("realPath", path),
  setMode: (path) => refused("setMode", path),
  setOwner: (path) => refused("setOwner", path),
  syncDirectory: (path) => refused("syncDirectory", path),
};

/** Processes of a host on which nothing runs: commands that look find nothing, and say so by their exit code. */
export function idleProcesses(real: Processes): Processes {
  const nothing: CommandResult = { exit: 1, stdout: "", stderr: "", truncated: false };
  return {
    run: () => Promise.resolve(nothing),
    spawnDetached: () => refused("spawnDetached", ""),
    attach: (command) => real.attach(command),
    isRunning: () => Promise.resolve(false),
    end: () => Promise.resolve(),
    which: (name) => real.which(name),
  };
}

function absent(operation: string, path: string): Promise<never> {
  return Promise.reject(new FileError("ENOENT", operation, path));
}

function refused(operation: string, path: string): Promise<never> {
  return Promise.reject(new FileError("EROFS", operation, path, "this host is only imagined"));
}
