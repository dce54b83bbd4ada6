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

/** After how long a deadline that passed while another guest had the thread is looked at again. */
const recheckMs = 50;

/** How often that is done before the thread itself is taken for lost. */
const rechecksMax = 600;

interface PendingCall extends ThreadCall {
  readonly id: number;
  readonly resolve: (output: Uint8Array) => void;
  readonly reject: (error: Error) => void;
  /** What is left of the guest's own time; waiting for the host does not count. */
  remainingMs: number;
  rechecks: number;
  /** When the guest got control, on the monotonic clock; absent while the host works for it. */
  runningSinceMs?: number;
  timer?: ReturnType<typeof setTimeout>;
  /** Set when its caller has been answered already: what is left is to see the guest end. */
  isSettled: boolean;
}

/**
 * A worker thread that runs guests, seen from outside.
 *
 * It watches each guest's own time, and ends the thread when one passes its deadline: WebAssembly cannot be
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
    const running = new SharedArrayBuffer(4);
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
      const pending = { ...call, id, resolve, reject, remainingMs, rechecks: 0, isSettled: false };
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
        needsInitialize: call.module.needsInitialize,
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
    if (message.type === "host") {
      this.#stopTime(call);
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
        call.isSettled = true;
        call.reject(error as Error);
      }
    }
    if (this.#isEnded || !this.#calls.has(call.id)) return;
    this.#startTime(call);
    this.#tell({ type: "answer", hostCall, output });
  }

  #startTime(call: PendingCall): void {
    call.runningSinceMs = performance.now();
    clearTimeout(call.timer);
    call.timer = setTimeout(() => this.#onDeadline(call), call.remainingMs);
  }

  #stopTime(call: PendingCall): void {
    clearTimeout(call.timer);
    if (call.runningSinceMs === undefined) return;
    call.remainingMs -= performance.now() - call.runningSinceMs;
    call.runningSinceMs = undefined;
  }

  /** Ends the thread where it is this guest that has it; where another has, that one's deadline will come. */
  #onDeadline(call: PendingCall): void {
    const isRunning = Atomics.load(this.#running, 0) === call.id;
    if (!isRunning && call.rechecks++ < rechecksMax) {
      call.timer = setTimeout(() => this.#onDeadline(call), recheckMs);
      return;
    }
    this.end((each) => each === call ? deadlineProblem(each) : victimProblem(each, call));
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
