import {
  FileError,
  type FileErrorCode,
  type FileInfo,
  type Files,
  type HeldLock,
  type Locks,
} from "../ports/mod.ts";
import type { FilesAnswer, FilesAnswers, FilesRequest } from "./files_worker.ts";

export interface IsolatedFilesOptions {
  /** How long one operation may take; 10 s unless told. */
  readonly deadlineMs?: number;
  /** When it is tried again first; later tries come at twice the distance, up to 30 s. 1 s unless told. */
  readonly retryMs?: number;
  /** Makes the worker that runs `files_worker.ts`; a bundle says where its copy of it is. */
  readonly startWorker?: () => Worker;
  /** Called when the file system stops answering, and when it answers again. */
  readonly onChange?: (isIsolated: boolean) => void;
}

interface Waiting extends FilesRequest {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: FileError) => void;
}

const deadlineMsDefault = 10_000;
/** A worker that has not said `ready` by then never will; generous, for a machine that is busy. */
const startDeadlineMs = 60_000;
/** Workers that hang are kept until the kernel lets them go: about 14 MB each, so few. */
const stuckWorkersMax = 3;
const retryMsDefault = 1_000;
const retryMsMax = 30_000;
/** Looks that wait at the same time go to the worker together: a message costs more than what it asks for. */
const batchMax = 32;
const looks: ReadonlySet<FilesRequest["operation"]> = new Set(["list", "stat", "readText"]);

/**
 * Files and locks on a mount that may hang: every operation runs in a worker, under a deadline.
 *
 * Past its deadline an operation is `ETIMEDOUT`, as are all that wait behind it, and the mount is *isolated*: the worker
 * is replaced, and further operations fail at once but for one try now and then (after 1 s, 2 s, … 30 s). An operation
 * that timed out may still happen later. The first answer of any worker, the stuck ones too, ends the isolation.
 *
 * One operation that changes anything is given to the worker at a time, so nothing that was refused here runs later by
 * surprise; looks go together, and share one deadline. A worker that
 * hangs in the kernel outlives `close()`: only `Deno.exit()` ends such a process.
 */
export class IsolatedFiles {
  readonly files: Files;
  readonly locks: Locks;
  readonly #deadlineMs: number;
  readonly #retryMs: number;
  readonly #startWorker: () => Worker;
  readonly #onChange: (isIsolated: boolean) => void;
  readonly #queue: Waiting[] = [];
  readonly #stuck = new Set<Worker>();
  #worker: Worker | undefined;
  #isReady = false;
  /** What the worker was given, oldest first; empty while it has nothing to do. */
  #current: readonly Waiting[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastId = 0;
  #isIsolated = false;
  #failures = 0;
  #retryAtMs = 0;
  #isClosed = false;

  constructor(options: IsolatedFilesOptions = {}) {
    this.#deadlineMs = options.deadlineMs ?? deadlineMsDefault;
    this.#retryMs = options.retryMs ?? retryMsDefault;
    this.#startWorker = options.startWorker ?? startFilesWorker;
    this.#onChange = options.onChange ?? (() => {});
    this.files = remoteFiles((operation, args) => this.#call(operation, args));
    this.locks = { tryLock: (path) => this.#tryLock(path) };
  }

  /** Whether the last operation that was tried passed its deadline. */
  get isIsolated(): boolean {
    return this.#isIsolated;
  }

  /** Ends the workers. What is under way fails. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const worker of [this.#worker, ...this.#stuck]) worker?.terminate();
    this.#worker = undefined;
    this.#stuck.clear();
    this.#failAll("the files were closed");
  }

  async #tryLock(path: string): Promise<HeldLock | undefined> {
    const lock = await this.#call("tryLock", [path]);
    if (lock === undefined) return undefined;
    const worker = this.#worker;
    return {
      release: async () => {
        // A worker that was replaced lets go of its locks as it ends.
        if (this.#worker === worker && !this.#isClosed) await this.#call("release", [lock]);
      },
    };
  }

  #call(operation: FilesRequest["operation"], args: readonly unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const request: Waiting = { id: ++this.#lastId, operation, args, resolve, reject };
      const refusal = this.#refusal();
      if (refusal) return reject(timedOut(request, refusal));
      this.#queue.push(request);
      this.#next();
    });
  }

  #refusal(): string | undefined {
    if (this.#isClosed) return "the files were closed";
    if (!this.#isIsolated || this.#current.length > 0) return undefined;
    if (this.#stuck.size >= stuckWorkersMax) return "the file system does not answer";
    return performance.now() < this.#retryAtMs ? "the file system does not answer" : undefined;
  }

  #next(): void {
    if (this.#current.length > 0 || this.#queue.length === 0) return;
    this.#current = this.#queue.splice(0, this.#batchLength());
    if (!this.#worker) this.#start();
    else if (this.#isReady) this.#send();
  }

  /** How many of those that wait go next: as many looks as are first in the row, or one change. */
  #batchLength(): number {
    const end = this.#queue.findIndex(({ operation }, index) =>
      index >= batchMax || !looks.has(operation)
    );
    return end === -1 ? this.#queue.length : Math.max(1, end);
  }

  #start(): void {
    const worker = this.#startWorker();
    this.#worker = worker;
    this.#isReady = false;
    worker.onmessage = (event: MessageEvent<FilesAnswers>) => this.#receive(worker, event.data);
    worker.onerror = (event) => {
      event.preventDefault();
      if (worker === this.#worker) this.#abandon(`its worker failed: ${event.message}`);
      worker.terminate(); // it is dead, not stuck: nothing will come of it
      this.#stuck.delete(worker);
    };
    this.#arm(startDeadlineMs, "its worker did not start");
  }

  #send(): void {
    const batch = this.#current.map(({ id, operation, args }): FilesRequest => ({
      id,
      operation,
      args,
    }));
    this.#arm(this.#deadlineMs, `no answer within ${this.#deadlineMs} ms`);
    this.#worker!.postMessage(batch);
  }

  #arm(durationMs: number, why: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#abandon(why), durationMs);
  }

  #receive(worker: Worker, answers: FilesAnswers): void {
    if (worker !== this.#worker) return this.#receiveLate(worker);
    if ("ready" in answers) {
      this.#isReady = true;
      clearTimeout(this.#timer);
      if (this.#current.length > 0) this.#send();
      return;
    }
    const requests = this.#current;
    if (requests[0]?.id !== answers[0]?.id) return;
    clearTimeout(this.#timer);
    this.#current = [];
    this.#setIsolated(false);
    requests.forEach((request, index) => settle(request, answers[index]));
    this.#next();
  }

  /** The kernel let go of a worker that hung: the file system is back. */
  #receiveLate(worker: Worker): void {
    worker.terminate();
    if (!this.#stuck.delete(worker)) return;
    this.#retryAtMs = 0;
    this.#failures = 0;
  }

  #abandon(why: string): void {
    clearTimeout(this.#timer);
    if (this.#worker) this.#stuck.add(this.#worker);
    this.#worker = undefined;
    this.#isReady = false;
    this.#retryAtMs = performance.now() + Math.min(retryMsMax, this.#retryMs * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 10);
    this.#setIsolated(true);
    this.#failAll(why);
  }

  #failAll(why: string): void {
    const failed = [...this.#current, ...this.#queue];
    this.#current = [];
    this.#queue.length = 0;
    for (const request of failed) request.reject(timedOut(request, why));
  }

  #setIsolated(isIsolated: boolean): void {
    if (!isIsolated) this.#failures = 0;
    if (this.#isIsolated === isIsolated) return;
    this.#isIsolated = isIsolated;
    this.#onChange(isIsolated);
  }
}

function startFilesWorker(): Worker {
  return new Worker(new URL("./files_worker.ts", import.meta.url), { type: "module" });
}

function settle(request: Waiting, answer: FilesAnswer): void {
  if ("value" in answer) request.resolve(answer.value);
  else request.reject(rebuildError(answer.error));
}

function timedOut(request: FilesRequest, why: string): FileError {
  return new FileError("ETIMEDOUT", request.operation, String(request.args[0]), why);
}

function rebuildError(
  error: { code: FileErrorCode; operation: string; path: string; detail: string },
): FileError {
  return new FileError(error.code, error.operation, error.path, error.detail || undefined);
}

type Call = (operation: keyof Files, args: readonly unknown[]) => Promise<unknown>;

function remoteFiles(call: Call): Files {
  return {
    readText: (...args) => call("readText", args) as Promise<string>,
    readBytes: (...args) => call("readBytes", args) as Promise<Uint8Array>,
    writeNew: (...args) => call("writeNew", args) as Promise<void>,
    append: (...args) => call("append", args) as Promise<void>,
    link: (...args) => call("link", args) as Promise<void>,
    rename: (...args) => call("rename", args) as Promise<void>,
    remove: (...args) => call("remove", args) as Promise<void>,
    makeDirectory: (...args) => call("makeDirectory", args) as Promise<void>,
    removeDirectory: (...args) => call("removeDirectory", args) as Promise<void>,
    list: (...args) => call("list", args) as Promise<string[]>,
    stat: (...args) => call("stat", args) as Promise<FileInfo | undefined>,
    realPath: (...args) => call("realPath", args) as Promise<string>,
    setMode: (...args) => call("setMode", args) as Promise<void>,
    setOwner: (...args) => call("setOwner", args) as Promise<void>,
    syncDirectory: (...args) => call("syncDirectory", args) as Promise<void>,
  };
}
