import { Worker } from "node:worker_threads";
import { type Problem, problem, ProblemError } from "../../base/mod.ts";
import type { HostFunction, PluginCallLimits } from "../../ports/mod.ts";
import type { GuardedModule } from "./guard_module.ts";
import type { FromWorker, ToWorker, WorkerStart } from "./worker_messages.ts";

/** One call as a thread is given it. */
export interface ThreadCall {
  readonly plugin: string;
  readonly digest: string;
  readonly module: GuardedModule;
  readonly input: Uint8Array;
  readonly host: HostFunction;
  readonly limits: PluginCallLimits;
}

/** When a guest is looked at first: whether it has the thread by then. Short calls are over before. */
const firstLookMs = 20;

/** How often it is looked at while another guest has the thread, or the thread is still starting. */
const idleLookMs = 50;

/** How often that is done before the thread is taken for lost: a minute. */
const idleLooksMax = 1_200;

interface PendingCall extends ThreadCall {
  readonly id: number;
  readonly resolve: (output: Uint8Array) => void;
  readonly reject: (error: Error) => void;
  /** What is left of the guest's own time; waiting for the host, or for the thread, does not count. */
  remainingMs: number;
  /** When the guest was given control, on the monotonic clock; absent while the host works for it. */
  givenMs?: number;
  /** Since when it is known to have the thread without a pause, and which turn on the thread that is. */
  seen?: { readonly turn: number; readonly sinceMs: number };
  idleLooks: number;
  timer?: ReturnType<typeof setTimeout>;
  /** Set when its caller has been answered already: what is left is to see the guest end. */
  isSettled: boolean;
}

/**
 * A worker thread that runs guests, seen from outside.
 *
 * It watches each guest's own time (looking, for a guest cannot tell that it spins), and ends the thread when one passes its deadline: WebAssembly cannot be
 * interrupted in another way. The other calls on the thread then fail with `PLUGIN_WORKER`.
 */
export class PluginThread {
  readonly #worker: Worker;
  readonly #running: Int32Array;
  readonly #calls = new Map<number, PendingCall>();
  readonly #digests = new Set<string>();
  readonly #onEnd: (thread: PluginThread) => void;
  #lastId = 0;
  #isEnded = false;
  #ending: Promise<unknown> = Promise.resolve();

  constructor(script: URL, onEnd: (thread: PluginThread) => void) {
    const running = new SharedArrayBuffer(8);
    this.#running = new Int32Array(running);
    this.#onEnd = onEnd;
    this.#worker = new Worker(script, { workerData: { running } satisfies WorkerStart });
    this.#worker.on("message", (message: FromWorker) => this.#receive(message));
    this.#worker.on("error", (error: unknown) => this.end(lost(String(error))));
    this.#worker.on("exit", () => this.end(lost("The worker ended by itself")));
  }

  get calls(): number {
    return this.#calls.size;
  }

  /** How many modules the worker has compiled: it keeps them all. */
  get modules(): number {
    return this.#digests.size;
  }

  call(call: ThreadCall): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      const remainingMs = call.limits.deadlineMs;
      const pending = { ...call, id, resolve, reject, remainingMs, idleLooks: 0, isSettled: false };
      this.#calls.set(id, pending);
      this.#startTime(pending);
      const isKnown = this.#digests.has(call.digest);
      this.#digests.add(call.digest);
      this.#tell({
        type: "call",
        id,
        plugin: call.plugin,
        digest: call.digest,
        bytes: isKnown ? undefined : call.module.bytes,
        initializers: call.module.initializers,
        input: call.input,
        memoryBytesMax: call.limits.memoryBytesMax,
        outputBytesMax: call.limits.outputBytesMax,
      });
    });
  }

  /** Ends the thread; what still runs on it fails with the problem that `why` gives for it. */
  end(why: (call: ThreadCall) => Problem): Promise<unknown> {
    if (this.#isEnded) return this.#ending;
    this.#isEnded = true;
    for (const call of this.#calls.values()) {
      clearTimeout(call.timer);
      if (!call.isSettled) call.reject(new ProblemError(why(call)));
    }
    this.#calls.clear();
    this.#onEnd(this);
    this.#ending = this.#worker.terminate();
    return this.#ending;
  }

  #receive(message: FromWorker): void {
    if (message.type === "ready") return;
    const call = this.#calls.get(message.id);
    if (!call) return;
    if (message.type === "log") {
      const text = JSON.stringify({ level: "debug", message: message.message });
      call.host("log", new TextEncoder().encode(text)).catch((error) => this.#fail(call, error));
      return;
    }
    if (message.type === "host") {
      this.#stopTime(call);
      if (call.remainingMs <= 0) return this.#stop(call);
      void this.#serve(call, message.hostCall, message.name, message.input);
      return;
    }
    this.#calls.delete(message.id);
    clearTimeout(call.timer);
    if (call.isSettled) return;
    if (message.type === "done") call.resolve(message.output);
    else call.reject(new ProblemError(guestProblem(call, message)));
  }

  async #serve(
    call: PendingCall,
    hostCall: number,
    name: string,
    input: Uint8Array,
  ): Promise<void> {
    let output: Uint8Array | undefined;
    if (!call.isSettled) {
      try {
        output = await call.host(name, input);
      } catch (error) {
        this.#fail(call, error);
      }
    }
    if (this.#isEnded || !this.#calls.has(call.id)) return;
    this.#startTime(call);
    this.#tell({ type: "answer", hostCall, output });
  }

  /** Answers the caller; the guest is watched until it ends. */
  #fail(call: PendingCall, error: unknown): void {
    call.isSettled = true;
    call.reject(error as Error);
  }

  #startTime(call: PendingCall): void {
    call.givenMs = performance.now();
    call.seen = undefined;
    call.idleLooks = 0;
    this.#lookIn(call, Math.min(firstLookMs, call.remainingMs));
  }

  #stopTime(call: PendingCall): void {
    clearTimeout(call.timer);
    if (call.givenMs === undefined) return;
    const nowMs = performance.now();
    // Not seen on the thread: it had it for less than the time until it was looked at first.
    call.remainingMs -= call.seen
      ? nowMs - call.seen.sinceMs
      : Math.min(nowMs - call.givenMs, firstLookMs);
    call.givenMs = undefined;
  }

  #lookIn(call: PendingCall, afterMs: number): void {
    clearTimeout(call.timer);
    call.timer = setTimeout(() => this.#look(call), afterMs);
  }

  /** Looks whether the guest has the thread, and stops it when it has had it for all of its time. */
  #look(call: PendingCall): void {
    const [id, turn] = [Atomics.load(this.#running, 0), Atomics.load(this.#running, 1)];
    if (id !== call.id) {
      call.seen = undefined;
      if (call.idleLooks++ < idleLooksMax) return this.#lookIn(call, idleLookMs);
      void this.end(lost("Its thread did not come to it within a minute"));
      return;
    }
    const nowMs = performance.now();
    if (call.seen?.turn !== turn) call.seen = { turn, sinceMs: nowMs };
    const leftMs = call.remainingMs - (nowMs - call.seen.sinceMs);
    if (leftMs <= 0) this.#stop(call);
    else this.#lookIn(call, leftMs);
  }

  /** Ends the thread because of this guest; where others ran on it, they are told whose fault it was. */
  #stop(call: PendingCall): void {
    void this.end((each) => each === call ? deadlineProblem(each) : victimProblem(each, call));
  }

  #tell(message: ToWorker): void {
    this.#worker.postMessage(message);
  }
}

function guestProblem(
  call: ThreadCall,
  failure: Extract<FromWorker, { type: "failed" }>,
): Problem {
  const what = `Plugin "${call.plugin}" stopped without an answer`;
  const where = { subject: `plugin ${call.plugin}` };
  const { memoryBytesMax } = call.limits;
  const memory = `${failure.memoryBytes} of at most ${memoryBytesMax} bytes of memory`;
  switch (failure.kind) {
    case "module":
      return problem("PLUGIN_MODULE", {
        what: `Cannot load plugin "${call.plugin}"`,
        where,
        why: `It is not a module that can be compiled: ${failure.message}`,
        fix: "Build the plugin again",
      });
    case "memory":
    case "trap":
      return problem(failure.memoryBytes * 2 > memoryBytesMax ? "PLUGIN_LIMIT" : "PLUGIN_FAILED", {
        what,
        where,
        why: `It trapped (${failure.message}) while it had ${memory}`,
        fix: failure.memoryBytes * 2 > memoryBytesMax
          ? "Raise limits.memory in its manifest, or let it need less"
          : "Report it to the author of the plugin",
      });
    case "stack":
      return problem("PLUGIN_LIMIT", {
        what,
        where,
        why: "Its calls are nested too deeply: the stack is full",
        fix: "Report it to the author of the plugin",
      });
    case "output":
      return problem("PLUGIN_LIMIT", {
        what: `Plugin "${call.plugin}" answered too much`,
        where,
        why: `I${failure.message.slice(1)}`,
        fix: "Ask it about fewer items at once, or let it answer less",
      });
    default:
      return problem("PLUGIN_FAILED", {
        what,
        where,
        why: failure.message,
        fix: "Report it to the author of the plugin",
      });
  }
}

function deadlineProblem(call: ThreadCall): Problem {
  return problem("PLUGIN_DEADLINE", {
    what: `Plugin "${call.plugin}" did not answer in time`,
    where: { subject: `plugin ${call.plugin}` },
    why: `It used up its ${call.limits.deadlineMs} ms, and was stopped`,
    fix: "Raise limits.deadline in its manifest, or report it to the author of the plugin",
  });
}

function victimProblem(call: ThreadCall, culprit: ThreadCall): Problem {
  return problem("PLUGIN_WORKER", {
    what: `Plugin "${call.plugin}" was stopped before it could answer`,
    where: { subject: `plugin ${call.plugin}` },
    why: `Plugin "${culprit.plugin}" had to be stopped, and both ran on one thread`,
    fix: "Try again",
  });
}

/** The problem of every call on a thread that ended for no reason of a guest. */
export function lost(why: string): (call: ThreadCall) => Problem {
  return (call) =>
    problem("PLUGIN_WORKER", {
      what: `Plugin "${call.plugin}" was stopped before it could answer`,
      where: { subject: `plugin ${call.plugin}` },
      why,
      fix: "Try again",
    });
}
