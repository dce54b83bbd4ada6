import type { StoreContext } from "./_context.ts";
import { listNames, readIfThere } from "./_directories.ts";
import { isAsSealed } from "./_seal.ts";

/** A file of the state that somebody changed by another way than through khutulun. */
export interface HandEdit {
  readonly path: string;
  /** Whether it is what counts; else it is a copy for people, and the change has no effect. */
  readonly isInForce: boolean;
  /** A command that brings back what was written, where that is still known. */
  readonly takeBack?: string;
}

/** Returns the hand edits in a directory of documents: the newest generation of each, its copy, and single documents. */
export async function handEditsIn(context: StoreContext, directory: string): Promise<HandEdit[]> {
  const names = await listNames(context, directory);
  const newest = newestGenerations(names);
  const edits: HandEdit[] = [];
  for (const name of names.filter((each) => each.endsWith(".yaml"))) {
    const path = `${directory}/${name}`;
    const document = newest.get(name.slice(0, -".yaml".length));
    const text = await readIfThere(context, path);
    if (document === undefined) {
      if (isEdited(text)) edits.push({ path, isInForce: true });
      continue;
    }
    const copied = text?.slice(text.indexOf("\n") + 1);
    const original = await readIfThere(context, `${directory}/${document.name}`);
    if (isEdited(original)) {
      const isKnown = copied !== undefined && isAsSealed(copied) === true &&
        new RegExp(`^generation: ${document.generation}$`, "m").test(copied.slice(0, 1_000));
      edits.push({
        path: `${directory}/${document.name}`,
        isInForce: true,
        ...(isKnown && {
          takeBack: `tail -n +2 ${quote(path)} > ${quote(`${directory}/${document.name}`)}`,
        }),
      });
    }
    if (isEdited(copied)) edits.push({ path, isInForce: false, takeBack: `rm ${quote(path)}` });
    newest.delete(name.slice(0, -".yaml".length));
  }
  for (const { name } of newest.values()) {
    const path = `${directory}/${name}`;
    if (isEdited(await readIfThere(context, path))) edits.push({ path, isInForce: true });
  }
  return edits;
}

/** Documents that do not say are of an older version: nobody can tell. */
function isEdited(text: string | undefined): boolean {
  return text !== undefined && isAsSealed(text) === false;
}

function newestGenerations(names: readonly string[]) {
  const newest = new Map<string, { readonly name: string; readonly generation: number }>();
  for (const name of names) {
    const [, base, number] = /^(.+)\.([1-9]\d{0,14})$/.exec(name) ?? [];
    const generation = Number(number);
    if (base === undefined || generation < (newest.get(base)?.generation ?? 0)) continue;
    newest.set(base, { name, generation });
  }
  return newest;
}

function quote(path: string): string {
  return /^[\w./%@+:,=-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
