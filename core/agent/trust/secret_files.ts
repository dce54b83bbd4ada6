import { assert, type Problem, problem, ProblemError } from "../../base/mod.ts";
import { FileError, type Files, type Processes } from "../../ports/mod.ts";
import type { Item } from "../../plugin/mod.ts";
import { letOthersPass } from "../let_others_pass.ts";

/** The type whose property `secrets` names variables and secrets. */
export const secretUserType = "org.khutulun:1.0::Process";

/** Returns the secrets that an item wants: name of a variable → name of a secret. */
export function secretsOf(
  { types, properties }: Pick<Item, "types" | "properties">,
): readonly (readonly [variable: string, secret: string])[] {
  const { secrets } = properties;
  if (!types.includes(secretUserType)) return [];
  if (typeof secrets !== "object" || secrets === null || Array.isArray(secrets)) return [];
  return Object.entries(secrets).filter((each): each is [string, string] =>
    typeof each[1] === "string"
  );
}

/** Returns where an item's secret is on its host. */
export function secretPath(runtime: string, item: string, secret: string): string {
  return `${directoryOf(runtime, item)}/${secret}`;
}

/** What secret files need of the agent. */
export interface SecretFilesOptions {
  readonly files: Files;
  readonly processes: Processes;
  readonly runtime: string;
  readonly open: (ref: { namespace: string; name: string }) => Promise<Uint8Array>;
}

/**
 * Puts secrets where workloads read them: files that the workload's user alone can read, in a directory that the agent's
 * user alone can change, on a file system that is gone after a boot. The workload is told the path; the value is in no
 * argument, variable, unit, plan or log.
 */
export class SecretFiles {
  readonly #options: SecretFilesOptions;

  constructor(options: SecretFilesOptions) {
    this.#options = options;
  }

  /** Returns what keeps items from having their secrets, by item. Files that are as they should be are left alone. */
  async provide(items: readonly Item[]): Promise<ReadonlyMap<string, Problem>> {
    const problems = new Map<string, Problem>();
    const used = new Set(items.filter(({ want }) => want !== "absent").map(({ name }) => name));
    for (const item of items) {
      try {
        if (item.want !== "absent") await this.#provideTo(item);
        else if (!used.has(item.name)) await this.remove(item.name);
      } catch (error) {
        if (!(error instanceof ProblemError) && !(error instanceof FileError)) throw error;
        problems.set(item.id, problemOf(item, error));
      }
    }
    return problems;
  }

  /** Removes an item's secrets; none is no error. */
  async remove(item: string): Promise<void> {
    const { files, runtime } = this.#options;
    const directory = directoryOf(runtime, item);
    if (!await files.stat(directory)) return;
    for (const name of await files.list(directory)) await files.remove(`${directory}/${name}`);
    await files.removeDirectory(directory);
  }

  async #provideTo(item: Item): Promise<void> {
    const wanted = secretsOf(item);
    const { files, runtime, open } = this.#options;
    if (wanted.length === 0) return;
    const owner = await this.#ownerOf(item);
    const directory = directoryOf(runtime, item.name);
    const uid = await this.#prepare(directory, owner ? 0o711 : 0o700);
    for (const name of new Set(wanted.map(([, secret]) => secret))) {
      const value = await open({ namespace: item.namespace, name });
      const path = secretPath(runtime, item.name, name);
      if (await this.#isThere(path, value, owner?.uid ?? uid)) continue;
      const aside = `${directory}/.${name}.new`;
      await files.remove(aside).catch(() => {}); // left by one that was cut short
      await files.writeNew(aside, value, { mode: 0o400 });
      if (owner) await files.setOwner(aside, owner.uid, owner.gid);
      await files.rename(aside, path);
    }
  }

  /**
   * Makes the directory of an item's secrets, and returns whose it is: the agent's own, also where the workload has another
   * user, who may pass it and not change it. That user could put a pipe or a device there for us to read, or keep us from
   * taking the secrets away.
   */
  async #prepare(directory: string, mode: number): Promise<number> {
    const { files, runtime } = this.#options;
    const above = `${runtime}/secrets`;
    await files.makeDirectory(above, { parents: true, mode: 0o711 });
    await files.makeDirectory(directory, { parents: true, mode });
    const [own, found] = [await files.stat(above), await files.stat(directory)];
    assert(own !== undefined && found !== undefined, "what was made is there");
    if (found.uid !== own.uid) await files.setOwner(directory, own.uid, own.gid);
    if (found.mode !== mode) await files.setMode(directory, mode);
    if (mode & 0o001) { for (const each of [runtime, above]) await letOthersPass(files, each); }
    return own.uid;
  }

  async #isThere(path: string, value: Uint8Array, uid: number): Promise<boolean> {
    const { files } = this.#options;
    const found = await files.stat(path);
    if (found?.kind !== "file" || found.uid !== uid || found.sizeBytes !== value.length) {
      return false;
    }
    const there = await files.readBytes(path);
    return there.length === value.length && there.every((byte, index) => byte === value[index]);
  }

  /** Returns whom the workload runs as; nothing where that is the agent's own user. */
  async #ownerOf({ properties }: Item): Promise<{ uid: number; gid: number } | undefined> {
    const { user } = properties;
    if (typeof user !== "string") return undefined;
    const { stdout, exit } = await this.#options.processes.run({
      argv: ["getent", "passwd", user],
      timeoutMs: 10_000,
    });
    const [, , uid, gid] = stdout.split(":").map(Number);
    if (exit === 0 && Number.isInteger(uid) && Number.isInteger(gid)) return { uid, gid };
    throw new ProblemError(problem("TRUST_SECRET_INVALID", {
      what: `Cannot give a secret to user "${user}"`,
      why: "There is no such user on this host",
      fix: "Make the user (useradd), or run the process as another",
    }));
  }
}

function directoryOf(runtime: string, item: string): string {
  return `${runtime}/secrets/${item}`;
}

function problemOf(item: Item, error: ProblemError | FileError): Problem {
  if (error instanceof ProblemError) {
    return { ...error.problem, where: { ...error.problem.where, subject: item.id } };
  }
  return problem("TRUST_SECRET_INVALID", {
    what: `Cannot give "${item.id}" its secrets`,
    where: { subject: item.id },
    why: error.message,
    fix: "Look at the host's runtime directory",
  });
}
