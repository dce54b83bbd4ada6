/**
 * Runs guests inside a worker thread: one module cache, one fresh instance for each call, calls interleaved where
 * they wait for the host.
 *
 * It decides nothing: what a guest asks of the host is passed on by message, and who is stopped is decided outside.
 */
import createPlugin, { type CurrentPlugin, type Plugin } from "@extism/extism";
import { parentPort, workerData } from "node:worker_threads";
import { hostFunctionNames } from "../../plugin/mod.ts";
import { deniedWasiModule, entryExport } from "./guard_module.ts";
import { denyingWasi, GuestExit } from "./wasi_shim.ts";
import type { FromWorker, GuestFailure, ToWorker, WorkerStart } from "./worker_messages.ts";

/** The part of the Web Locks API that is used; the types of this runtime lack it. */
interface LockManagerLike {
  request(name: string, callback: () => Promise<unknown>): Promise<unknown>;
}

type Call = Extract<ToWorker, { type: "call" }>;

const port = parentPort!;
const running = new Int32Array((workerData as WorkerStart).running);
const modules = new Map<string, WebAssembly.Module>();
const waiting = new Map<number, (output: Uint8Array | undefined) => void>();
let lastHostCall = 0;

/**
 * Lets one guest at a time have the thread, from when it is called or resumed until it waits or ends, and says whose
 * turn it is where the outside can read it: a guest that spins cannot be mistaken for another.
 */
class Turns {
  readonly #queue: (() => void)[] = [];
  #holder = 0;

  async begin(id: number): Promise<void> {
    if (this.#holder !== 0) await new Promise<void>((resolve) => this.#queue.push(resolve));
    this.#holder = id;
    Atomics.add(running, 1, 1);
    Atomics.store(running, 0, id);
  }

  /** Gives the thread to the next one; nothing where it is another's turn. */
  end(id: number): void {
    if (this.#holder !== id) return;
    Atomics.store(running, 0, 0);
    const next = this.#queue.shift();
    // Whoever is next resumes after this; until then nobody else may begin.
    this.#holder = next ? -1 : 0;
    next?.();
  }
}

const turns = new Turns();

// Without a pending Web Lock, terminate() leaves a busy loop running for ever in this runtime.
const { locks } = navigator as unknown as { locks: LockManagerLike };
locks.request(crypto.randomUUID(), () => new Promise(() => {}));

port.on("message", (message: ToWorker) => {
  if (message.type === "call") return void run(message);
  waiting.get(message.hostCall)?.(message.output);
  waiting.delete(message.hostCall);
});
tell({ type: "ready" });

async function run(call: Call): Promise<void> {
  const guest = new Guest(call);
  try {
    const output = await guest.answer();
    if (output.length > call.outputBytesMax) {
      const message = `its answer has ${output.length} bytes, the limit is ${call.outputBytesMax}`;
      tell({ type: "failed", id: call.id, kind: "output", message, memoryBytes: 0 });
    } else tell({ type: "done", id: call.id, output });
  } catch (error) {
    const memoryBytes = guest.memoryBytes();
    tell({ type: "failed", id: call.id, ...describeFailure(error, guest), memoryBytes });
  } finally {
    turns.end(call.id);
  }
}

/** One instance, for one call. */
class Guest {
  #plugin?: Plugin;
  #instance?: WebAssembly.Instance;
  #allocatedBytes = 0;
  isCompiled = false;
  isOutOfKernelMemory = false;

  constructor(readonly call: Call) {}

  async answer(): Promise<Uint8Array> {
    await turns.begin(this.call.id);
    const module = compile(this.call);
    this.isCompiled = true;
    this.#plugin = await createPlugin({ wasm: [{ module }] }, {
      functions: this.#functions(),
      memory: { maxVarBytes: 1024 * 1024 },
      useWasi: false,
      logLevel: "silent",
    });
    this.#instance = await this.#plugin.getInstance();
    for (const name of this.call.initializers) await this.#plugin.call(name);
    const output = await this.#plugin.call(entryExport, this.call.input);
    return output ? output.bytes().slice() : new Uint8Array();
  }

  memoryBytes(): number {
    const memory = Object.values(this.#instance?.exports ?? {})
      .find((each) => each instanceof WebAssembly.Memory);
    return (memory?.buffer.byteLength ?? 0) + this.#allocatedBytes;
  }

  #functions(): Record<string, Record<string, HostImport>> {
    const user: Record<string, HostImport> = {};
    for (const name of hostFunctionNames) {
      // Extism suspends the guest in a host function only when its constructor is AsyncFunction's.
      user[name] = async (context: CurrentPlugin, address: bigint) =>
        await this.#askHost(name, context, address);
    }
    const wasi = denyingWasi({
      memory: () => this.#memory(),
      log: (message) => tell({ type: "log", id: this.call.id, message }),
    });
    return {
      "extism:host/user": user,
      "extism:host/env": { alloc: (context, size: bigint) => this.#alloc(context, size) },
      [deniedWasiModule]: Object.fromEntries(
        Object.entries(wasi).map(([name, fn]) => [name, (_context, ...args) => fn(...args)]),
      ),
    };
  }

  /** Counts what the guest takes of Extism's own memory, which no memory section caps. */
  #alloc(context: CurrentPlugin, size: bigint): bigint {
    this.#allocatedBytes += Number(size);
    if (this.#allocatedBytes > this.call.memoryBytesMax) {
      this.isOutOfKernelMemory = true;
      throw new Error("out of memory");
    }
    return context.alloc(size);
  }

  #memory(): WebAssembly.Memory {
    const memory = this.#instance?.exports.memory;
    if (memory instanceof WebAssembly.Memory) return memory;
    throw new Error('a guest that uses WASI must export its memory as "memory"');
  }

  async #askHost(name: string, context: CurrentPlugin, address: bigint): Promise<bigint> {
    const input = context.read(address)?.bytes() ?? new Uint8Array();
    const hostCall = ++lastHostCall;
    const answer = new Promise<Uint8Array | undefined>((resolve) => waiting.set(hostCall, resolve));
    tell({ type: "host", id: this.call.id, hostCall, name, input });
    turns.end(this.call.id);
    const output = await answer;
    await turns.begin(this.call.id);
    if (!output) throw new Error("the host ended the call");
    this.#allocatedBytes += output.length;
    return context.store(output);
  }
}

// deno-lint-ignore no-explicit-any -- Extism's own type of an import
type HostImport = (context: CurrentPlugin, ...args: any[]) => any;

function compile(call: Call): WebAssembly.Module {
  const known = modules.get(call.digest);
  if (known) return known;
  const module = new WebAssembly.Module(call.bytes! as Uint8Array<ArrayBuffer>);
  modules.set(call.digest, module);
  return module;
}

function describeFailure(error: unknown, guest: Guest): { kind: GuestFailure; message: string } {
  const message = error instanceof Error ? error.message : String(error);
  const kind = !guest.isCompiled || error instanceof WebAssembly.LinkError
    ? "module"
    : guest.isOutOfKernelMemory
    ? "memory"
    : error instanceof GuestExit
    ? "exit"
    : error instanceof RangeError && /call stack/i.test(message)
    ? "stack"
    : error instanceof WebAssembly.RuntimeError
    ? "trap"
    : "error";
  return { kind, message };
}

function tell(message: FromWorker): void {
  port.postMessage(message);
}
