import { compareStrings, type JsonObject, RecentlyUsed } from "../base/mod.ts";
import { writeYaml } from "../yaml/mod.ts";
import { type StoreContext, uniqueName } from "./_context.ts";
import { listNames, makeLastingDirectory, readIfThere, removeIfThere } from "./_directories.ts";
import { damaged, parseObject } from "./_document_text.ts";
import { guarded, isFileError } from "./_file_problems.ts";
import { underLock } from "./_lock.ts";
import { stampOf } from "./_stamp.ts";
import { listAndSweep, replaceFile, temporaryPath } from "./_temporary_files.ts";
import type { ClaimHolder, ClaimOwner } from "./documents.ts";
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
    { namespace, service, instance, epoch, at }: Omit<ClaimHolder, "attempt">,
    { isPlaced = false }: { readonly isPlaced?: boolean } = {},
  ): Promise<ClaimResult> {
    const attempt = uniqueName(this.#context);
    const claim = { kind, key, holder: { namespace, service, instance, epoch, at, attempt } };
    return guarded(this.#context, `claim ${kind}/${key}`, async () => {
      await makeLastingDirectory(this.#context, `${this.#directory}/${encodeName(kind)}`);
      return await this.#underLock(() => this.#take(claim, isPlaced));
    });
  }

  free(
    kind: string,
    key: string,
    holder: ClaimOwner & { readonly attempt?: string },
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

  async #take(claim: ClaimFile, isPlaced: boolean): Promise<ClaimResult> {
    const path = this.#path(claim.kind, claim.key);
    const { holder } = claim;
    let by = holder;
    for (let attempt = 1; attempt <= attemptsMax; attempt++) {
      if (await this.#make(path, claim)) return { taken: true, isNew: true, holder };
      const text = await readIfThere(this.#context, path);
      if (text === undefined) continue; // freed meanwhile
      by = parseClaim(text, path).holder;
      if (!isSameInstance(by, holder)) return { taken: false, by };
      if (by.epoch > holder.epoch || (by.epoch === holder.epoch && isPlaced)) {
        return { taken: true, isNew: false, holder: by };
      }
      if (by.epoch === holder.epoch) {
        await replaceFile(this.#context, path, textOf(claim));
        return { taken: true, isNew: false, holder };
      }
      // Our own of an earlier epoch. It is freed and taken anew, so that an acknowledgement of that epoch, come late,
      // cannot free this one.
      await this.#free(path, { ...holder, attempt: undefined });
    }
    return { taken: false, by };
  }

  async #make(path: string, claim: ClaimFile): Promise<boolean> {
    const { files } = this.#context;
    const temporary = temporaryPath(this.#context, path);
    await files.writeNew(temporary, textOf(claim));
    try {
      await files.link(temporary, path);
      await files.syncDirectory(`${this.#directory}/${encodeName(claim.kind)}`);
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
  async #free(
    path: string,
    holder: ClaimOwner & { readonly attempt?: string },
  ): Promise<boolean> {
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

/** Whether who frees is who holds, of this epoch or a later one, and the attempt where one is named. */
function covers(who: ClaimOwner & { readonly attempt?: string }, holder: ClaimHolder): boolean {
  return isSameInstance(who, holder) && who.epoch >= holder.epoch &&
    (who.attempt === undefined || who.attempt === holder.attempt);
}

function isSameInstance(a: Omit<ClaimOwner, "epoch">, b: Omit<ClaimOwner, "epoch">): boolean {
  return a.namespace === b.namespace && a.service === b.service && a.instance === b.instance;
}

function textOf({ kind, key, holder }: ClaimFile): string {
  return writeYaml({ kind, key, holder: { ...holder } });
}

function parseClaim(text: string, path: string): ClaimFile {
  const { kind, key, holder } = parseObject(text, path);
  const parts = (holder ?? {}) as JsonObject;
  const isWhole = typeof kind === "string" && typeof key === "string" &&
    ["namespace", "service", "instance", "at"].every((name) => typeof parts[name] === "string") &&
    typeof parts.epoch === "number";
  if (!isWhole) damaged(path, "It does not name the claim and its holder");
  // One that was written before attempts had names is nobody's attempt.
  return { kind, key, holder: { attempt: "", ...parts } as unknown as ClaimHolder };
}

/** Ports in the order of their numbers. */
function compareKeys(a: string, b: string): number {
  const isNumeric = /^\d{1,9}$/.test(a) && /^\d{1,9}$/.test(b);
  return isNumeric ? Number(a) - Number(b) : compareStrings(a, b);
}
