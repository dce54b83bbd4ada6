import type { Clock, Files, Locks, Random } from "../ports/mod.ts";

/** What every part of the store works with. */
export interface StoreContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly files: Files;
  readonly locks: Locks;
  /** The state directory, absolute, without a slash at its end. */
  readonly root: string;
  /** Who writes: the host, and which of its agent's lives it is. */
  readonly writer: { readonly host: string; readonly boot: string };
  /** How long to wait for a lock before going on without it. */
  readonly lockWaitMs: number;
  /** Directories that are known to outlast a power loss. */
  readonly lasting: Set<string>;
}

/** What a store is opened with. */
export interface StoreOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Of the shared state: operations past their deadline fail with `ETIMEDOUT`. */
  readonly files: Files;
  readonly locks: Locks;
  /** The state directory, absolute. */
  readonly root: string;
  readonly writer: { readonly host: string; readonly boot: string };
  /** How long to wait for a lock before going on without it; 5 s unless told. */
  readonly lockWaitMs?: number;
}

/** How long a lock's holder may take before it counts as dead or paused. */
export const lockWaitMsDefault = 5_000;

/** Returns a short name that nobody else makes: for temporary files. */
export function uniqueName(context: Pick<StoreContext, "random" | "writer">): string {
  const bytes = context.random.bytes(8);
  const text = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${context.writer.host}-${text}`;
}

/** Returns the context of a store that is opened so. */
export function contextOf(options: StoreOptions): StoreContext {
  const { root, lockWaitMs = lockWaitMsDefault, clock, random, files, locks, writer } = options;
  const trimmed = root.length > 1 ? root.replace(/\/+$/, "") : root;
  return { clock, random, files, locks, writer, lockWaitMs, root: trimmed, lasting: new Set() };
}
