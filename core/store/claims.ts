import { compareStrings, type JsonObject, RecentlyUsed } from "../base/mod.ts";
import { writeYaml } from "../yaml/mod.ts";
import type { StoreContext } from "./_context.ts";
import { listNames, makeLastingDirectory, readIfThere, removeIfThere } from "./_directories.ts";
import { damaged, parseObject } from "./_document_text.ts";
import { guarded, isFileError } from "./_file_problems.ts";
import { underLock } from "./_lock.ts";
import { stampOf } from "./_stamp.ts";
import { listAndSweep, temporaryPath } from "./_temporary_files.ts";
import type { ClaimHolder } from "./documents.ts";
import { encodeKey, encodeName } from "./layout.ts";
import type { ClaimResult, Claims } from "./store.ts";

interface ClaimFile {
  readonly kind: string;
  readonly key: string;
  readonly holder: ClaimHolder;
}

/** Claims as they were read last, by the directory of their kind: they count while that is as it was. */
export type ClaimLists = RecentlyUsed<
  { readonly stamp: string; readonly claims: readonly ClaimFile[] }
>;

/** How often a claim that was freed while we looked at it is tried again. */
const attemptsMax = 8;

/** The claims on one host: `<directory>/<kind>/<key>`, each naming its holder. */
export class LinkedClaims implements Claims {
  readonly #context: StoreContext;
  readonly #directory: string;
  readonly #lists: ClaimLists;

  constructor(
    context: StoreContext,
    directory: string,
    lists: ClaimLists = new RecentlyUsed({ entriesMax: 16 }),
  ) {
    this.#context = context;
    this.#directory = directory;
    this.#lists = lists;
  }

  take(
    kind: string,
    key: string,
    holder: ClaimHolder,
  ): Promise<ClaimResult> {
    return guarded(this.#context, `claim ${kind}/${key}`, async () => {
      await makeLastingDirectory(this.#context, `${this.#directory}/${encodeName(kind)}`);
      return await this.#underLock(() => this.#take({ kind, key, holder }));
    });
  }

  free(
    kind: string,
    key: string,
    holder: Pick<ClaimHolder, "namespace" | "service" | "instance" | "epoch">,
  ): Promise<boolean> {
    return guarded(this.#context, `free ${kind}/${key}`, async () => {
      const path = this.#path(kind, key);
      const text = await readIfThere(this.#context, path);
      if (text === undefined || !covers(holder, parseClaim(text, path).holder)) return false;
      return await this.#underLock(() => this.#free(path, holder));
    });
  }

  list(): Promise<{ kind: string; key: string; holder: ClaimHolder }[]> {
    return guarded(this.#context, `list "${this.#directory}"`, async () => {
      const kinds = await listNames(this.#context, this.#directory);
      const claims = await Promise.all(kinds.map((kind) => this.#listKind(kind)));
      return claims.flat()
        .sort((a, b) => compareStrings(a.kind, b.kind) || compareKeys(a.key, b.key));
    });
  }

  async #listKind(kind: string): Promise<readonly ClaimFile[]> {
    const directory = `${this.#directory}/${kind}`;
    const stamp = await stampOf(this.#context, [directory]);
    const known = this.#lists.get(directory);
    if (known !== undefined && known.stamp === stamp) return known.claims;
    const claims: ClaimFile[] = [];
    for (const name of await listAndSweep(this.#context, directory)) {
      const path = `${directory}/${name}`;
      const text = await readIfThere(this.#context, path);
      if (text !== undefined) claims.push(parseClaim(text, path));
    }
    if (stamp === undefined) this.#lists.delete(directory);
    else this.#lists.set(directory, { stamp, claims });
    return claims;
  }

  async #take(claim: ClaimFile): Promise<ClaimResult> {
    const path = this.#path(claim.kind, claim.key);
    let by = claim.holder;
    for (let attempt = 1; attempt <= attemptsMax; attempt++) {
      if (await this.#make(path, claim)) return { taken: true, isNew: true };
      const text = await readIfThere(this.#context, path);
      if (text === undefined) continue; // freed meanwhile
      by = parseClaim(text, path).holder;
      if (!isSameInstance(by, claim.holder)) return { taken: false, by };
      if (by.epoch >= claim.holder.epoch) return { taken: true, isNew: false };
      // Our own of an earlier epoch. It is freed and taken anew, so that an acknowledgement of that epoch, come late,
      // cannot free this one.
      await this.#free(path, claim.holder);
    }
    return { taken: false, by };
  }

  async #make(path: string, claim: ClaimFile): Promise<boolean> {
    const { files } = this.#context;
    const temporary = temporaryPath(this.#context, path);
    const { kind, key, holder } = claim;
    await files.writeNew(temporary, writeYaml({ kind, key, holder: { ...holder } }));
    try {
      await files.link(temporary, path);
      await files.syncDirectory(`${this.#directory}/${encodeName(kind)}`);
      return true;
    } catch (error) {
      if (!isFileError(error, "EEXIST")) throw error;
      return (await files.stat(temporary))?.links === 2; // done already, its answer was lost
    } finally {
      await removeIfThere(this.#context, temporary).catch(() => {});
    }
  }

  /**
   * Frees by renaming, which one of several wins, and looks at what it got before it is gone for good: between our
   * look and the rename, another may have freed the claim and a third taken it. That one gets it back.
   */
  async #free(path: string, holder: Omit<ClaimHolder, "at">): Promise<boolean> {
    const { files } = this.#context;
    const aside = temporaryPath(this.#context, path);
    try {
      await files.rename(path, aside);
    } catch (error) {
      if (isFileError(error, "ENOENT")) return false;
      throw error;
    }
    const isOurs = covers(holder, parseClaim(await files.readText(aside), aside).holder);
    if (!isOurs) await files.link(aside, path);
    await files.remove(aside);
    return isOurs;
  }

  #underLock<T>(work: () => Promise<T>): Promise<T> {
    return underLock(this.#context, `${this.#directory}/.lock`, work);
  }

  #path(kind: string, key: string): string {
    return `${this.#directory}/${encodeName(kind)}/${encodeKey(key)}`;
  }
}

/** Whether who frees is who holds, of this epoch or a later one. */
function covers(
  who: Pick<ClaimHolder, "namespace" | "service" | "instance" | "epoch">,
  holder: ClaimHolder,
): boolean {
  return isSameInstance(who, holder) && who.epoch >= holder.epoch;
}

function isSameInstance(
  a: Pick<ClaimHolder, "namespace" | "service" | "instance">,
  b: Pick<ClaimHolder, "namespace" | "service" | "instance">,
): boolean {
  return a.namespace === b.namespace && a.service === b.service && a.instance === b.instance;
}

function parseClaim(text: string, path: string): ClaimFile {
  const { kind, key, holder } = parseObject(text, path);
  const parts = (holder ?? {}) as JsonObject;
  const isWhole = typeof kind === "string" && typeof key === "string" &&
    ["namespace", "service", "instance", "at"].every((name) => typeof parts[name] === "string") &&
    typeof parts.epoch === "number";
  if (!isWhole) damaged(path, "It does not name the claim and its holder");
  return { kind, key, holder: parts as unknown as ClaimHolder };
}

/** Ports in the order of their numbers. */
function compareKeys(a: string, b: string): number {
  const isNumeric = /^\d{1,9}$/.test(a) && /^\d{1,9}$/.test(b);
  return isNumeric ? Number(a) - Number(b) : compareStrings(a, b);
}
