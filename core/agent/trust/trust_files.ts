import { fail, toProblem } from "../../base/mod.ts";
import { FileError, type Files } from "../../ports/mod.ts";
import type { TrustOwner } from "./host_trust.ts";

/** Returns where a host's keys are. */
export function directoryOf({ own }: Pick<TrustOwner, "own">): string {
  return `${own}/trust`;
}

/** Returns where what a join has replaced is kept. */
export function beforeOf({ own }: Pick<TrustOwner, "own">): string {
  return `${own}/trust.before`;
}

/** Returns what helps a host without its authority. It cannot leave: its agent cannot run. */
export function putBack(owner: Pick<TrustOwner, "own">): string {
  return `Put "${
    directoryOf(owner)
  }" back from a backup, that of any host of the cluster; or, while ` +
    "others of its hosts live, join again: khutulun cluster token create there, here khutulun join TOKEN";
}

/** Refuses keys whose authority cannot be read. */
export function refuseDamaged(owner: Pick<TrustOwner, "own" | "host">, error: unknown): never {
  const { what, why } = toProblem(error, "read the authority");
  fail("TRUST_CERTIFICATE_INVALID", {
    what: `Cannot read the authority in "${directoryOf(owner)}": "ca.crt" or "ca.key" is damaged`,
    where: { host: owner.host },
    why: why === undefined ? what : `${what}: ${why}`,
    fix: putBack(owner),
  });
}

/** What is not there is nothing; what may not be read is not taken for that. */
export async function readFile(
  files: Files,
  path: string,
  owner: Pick<TrustOwner, "own">,
): Promise<string | undefined> {
  return await orRefuse(files.readText(path), owner);
}

/** Returns what is there; nothing where there is nothing. */
export async function statOf(files: Files, path: string, owner: Pick<TrustOwner, "own" | "host">) {
  return await orRefuse(files.stat(path), owner);
}

async function orRefuse<T>(
  reading: Promise<T>,
  owner: Pick<TrustOwner, "own">,
): Promise<T | undefined> {
  return await reading.catch((error) => {
    if (!(error instanceof FileError)) throw error;
    if (error.code === "ENOENT") return undefined;
    return fail("TRUST_MATERIAL_MISSING", {
      what: `Cannot read the host's keys in "${directoryOf(owner)}"`,
      where: { subject: error.path },
      why: error.message,
      fix: "Run the agent as the user that owns them, and as nobody else: chown -R that user " +
        `${directoryOf(owner)}, chmod -R u+rwX,go= ${directoryOf(owner)}`,
    });
  });
}

/** Removes a directory of files; none is no error. */
export async function removeDirectory(files: Files, path: string): Promise<void> {
  if (!await files.stat(path)) return;
  for (const name of await files.list(path)) await removeFile(files, `${path}/${name}`);
  await files.removeDirectory(path);
}

/** Removes a file; none is no error. */
export async function removeFile(files: Files, path: string): Promise<void> {
  await files.remove(path).catch((error) => {
    if (!(error instanceof FileError && error.code === "ENOENT")) throw error;
  });
}
