/** What a benchmark started and has to take back however it ends: agents, processes, directories. */
const undos = new Set<() => Promise<void>>();

/** Further things may be started while the first are taken back; those are taken back as well, so many times. */
const turnsMax = 5;

/** Returns a function that undoes something, once however often it is called. Until it is, `undoAll` would do it. */
export function undoable(undo: () => Promise<void>): () => Promise<void> {
  let undoing: Promise<void> | undefined;
  const once = () => undoing ??= undo().finally(() => undos.delete(once));
  undos.add(once);
  return once;
}

/** Undoes all that was not undone yet, and returns what went wrong with that. */
export async function undoAll(): Promise<unknown[]> {
  const reasons: unknown[] = [];
  for (let turn = 0; turn < turnsMax && undos.size > 0; turn++) {
    const ends = await Promise.allSettled([...undos].map((undo) => undo()));
    for (const end of ends) if (end.status === "rejected") reasons.push(end.reason);
  }
  return reasons;
}

/** Makes a directory, and returns it with what removes it. */
export async function temporaryDirectory(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await Deno.makeTempDir({ prefix: "khutulun-bench-" });
  return { path, remove: undoable(() => Deno.remove(path, { recursive: true })) };
}

/**
 * Waits for something, but not longer than that. The timer also keeps Deno alive: where nothing is left but a promise that
 * nobody will keep, Deno would end at once and say nothing of what was measured until then.
 */
export async function within<T>(limitMs: number, what: string, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new Error(`${what}: not within ${limitMs / 60_000} minutes`);
    timer = setTimeout(() => reject(error), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
