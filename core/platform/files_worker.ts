/**
 * The worker of `IsolatedFiles`: does one operation after the other, each as a synchronous call. They come in batches, each
 * of which is answered as a whole.
 */
import { FileError } from "../ports/mod.ts";
import { type FileOperation, runFileOperation } from "./_sync_files.ts";
import { tryLockSync } from "./_sync_locks.ts";

/** What the worker is asked. */
export interface FilesRequest {
  readonly id: number;
  readonly operation: FileOperation | "tryLock" | "release";
  readonly args: readonly unknown[];
}

/** What the worker answers to a batch, in its order; `ready` once, before anything else. */
export type FilesAnswers = { readonly ready: true } | readonly FilesAnswer[];

export type FilesAnswer =
  | { readonly id: number; readonly value: unknown }
  | {
    readonly id: number;
    readonly error: {
      readonly code: FileError["code"];
      readonly operation: string;
      readonly path: string;
      readonly detail: string;
    };
  };

const heldLocks = new Map<number, () => void>();
let lastLock = 0;

function answer({ id, operation, args }: FilesRequest): FilesAnswer {
  try {
    return { id, value: run(operation, args) };
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    const { code, path, message } = error;
    const detail = message.slice(`${code}: ${error.operation} "${path}": `.length);
    return { id, error: { code, operation: error.operation, path, detail } };
  }
}

function run(operation: FilesRequest["operation"], args: readonly unknown[]): unknown {
  if (operation === "tryLock") return takeLock(args[0] as string);
  if (operation === "release") return releaseLock(args[0] as number);
  return runFileOperation(operation, args);
}

function takeLock(path: string): number | undefined {
  const release = tryLockSync(path);
  if (!release) return undefined;
  heldLocks.set(++lastLock, release);
  return lastLock;
}

function releaseLock(lock: number): void {
  heldLocks.get(lock)?.();
  heldLocks.delete(lock);
}

const scope = self as unknown as {
  onmessage: ((event: MessageEvent<readonly FilesRequest[]>) => void) | null;
  postMessage(message: FilesAnswers): void;
};
scope.onmessage = (event) => scope.postMessage(event.data.map(answer));
scope.postMessage({ ready: true });
