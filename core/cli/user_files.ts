import { fail } from "../base/mod.ts";
import type { Surroundings } from "./surroundings.ts";

/** What is said of a file that cannot be read or written. */
interface FileWords {
  /** `Cannot read the plan "x"`; the path alone where absent. */
  readonly what?: string;
  readonly fix?: string;
}

/** Reads a file that a person named; that it cannot be read ends the command, with `CLI_FILE`. */
export async function readFile(
  it: Surroundings,
  path: string,
  words: FileWords = {},
): Promise<Uint8Array> {
  return await it.files.read(path).catch((error) =>
    refuse(error, { what: `Cannot read "${path}"`, fix: "Check the path", ...words }, "read")
  );
}

/** Awaits the writing of a file that a person named; that it cannot be written ends the command, with `CLI_FILE`. */
export async function written(path: string, writing: Promise<void>): Promise<void> {
  await writing.catch((error) =>
    refuse(error, { what: `Cannot write "${path}"`, fix: "Name another file" }, "write")
  );
}

/** Ends the command because of the file, without what the system says in its own words where it is a usual thing. */
function refuse(error: Error, words: FileWords & { readonly what: string }, doing: string): never {
  const { code = "" } = error as Error & { readonly code?: string };
  const usual: Readonly<Record<string, string>> = {
    ENOENT: doing === "read" ? "There is no such file" : "There is no such folder",
    ENOTDIR: "A part of the path is no folder",
    EISDIR: "It is a folder",
    EACCES: `This user may not ${doing} it`,
    EPERM: `This user may not ${doing} it`,
    EEXIST: "It is there already, and is not written over",
    ENOSPC: "There is no room left on its file system",
    EROFS: "Its file system is read-only",
  };
  fail("CLI_FILE", { why: usual[code] ?? error.message, ...words });
}
