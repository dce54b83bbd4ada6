import { fail } from "../../base/mod.ts";
import type {
  HostFunction,
  PluginCallLimits,
  PluginModule,
  PluginRuntime,
} from "../../ports/mod.ts";
import { type GuardedModule, guardModule } from "./guard_module.ts";
import { lost, PluginThread } from "./plugin_thread.ts";

/** How the runtime spends threads. */
export interface ExtismRuntimeOptions {
  /** The worker's script: another one in a bundle, where this file's neighbours are not files. */
  readonly workerScript?: URL;
  /** Most threads at a time; 2 unless told. Calls that wait for the host share one. */
  readonly threadsMax?: number;
  /** How long a thread is kept that has nothing to do; 10 s unless told (a thread costs about 14 MB). */
  readonly idleMs?: number;
}

/** A thread that has compiled so many modules is left to end when idle: it keeps them all. */
const modulesPerThreadMax = 64;

/** How many guarded modules are kept here. */
const modulesMax = 128;

/**
 * Runs plugins with Extism in a small pool of worker threads, started at the first call and ended when idle.
 *
 * The threads keep compiled modules by digest; each call gets a fresh instance. See `docs/decisions/` for what was
 * measured and why Extism's own workers are not used.
 */
export class ExtismRuntime implements PluginRuntime {
  readonly #script: URL;
  readonly #threadsMax: number;
  readonly #idleMs: number;
  readonly #threads = new Set<PluginThread>();
  readonly #modules = new Map<string, Promise<GuardedModule>>();
  readonly #reapers = new Map<PluginThread, ReturnType<typeof setTimeout>>();
  #isClosed = false;

  constructor(options: ExtismRuntimeOptions = {}) {
    this.#script = options.workerScript ?? new URL("./plugin_worker.ts", import.meta.url);
    this.#threadsMax = options.threadsMax ?? 2;
    this.#idleMs = options.idleMs ?? 10_000;
  }

  /** How many threads there are now. */
  get threads(): number {
    return this.#threads.size;
  }

  check(name: string, bytes: Uint8Array, memoryBytesMax: number): void {
    guardModule(name, bytes, memoryBytesMax);
  }

  async call(
    module: PluginModule,
    input: Uint8Array,
    host: HostFunction,
    limits: PluginCallLimits,
  ): Promise<Uint8Array> {
    const guarded = await this.#guarded(module, limits.memoryBytesMax);
    if (this.#isClosed) closed(module.name);
    const thread = this.#leastBusy();
    clearTimeout(this.#reapers.get(thread));
    const digest = cacheKey(module, limits.memoryBytesMax);
    try {
      return await thread.call({
        plugin: module.name,
        digest,
        module: guarded,
        input,
        host,
        limits,
      });
    } finally {
      if (thread.calls === 0) this.#reapLater(thread);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(
      [...this.#threads].map((thread) => thread.end(lost("Khutulun is shutting down"))),
    );
  }

  #guarded(module: PluginModule, memoryBytesMax: number): Promise<GuardedModule> {
    const key = cacheKey(module, memoryBytesMax);
    const known = this.#modules.get(key);
    if (known) return known;
    const guarded = loadChecked(module).then((bytes) =>
      guardModule(module.name, bytes, memoryBytesMax)
    );
    this.#modules.set(key, guarded);
    guarded.catch(() => this.#modules.delete(key));
    for (const oldest of this.#modules.keys()) {
      if (this.#modules.size <= modulesMax) break;
      this.#modules.delete(oldest);
    }
    return guarded;
  }

  #leastBusy(): PluginThread {
    const free = [...this.#threads].filter((each) => each.modules < modulesPerThreadMax)
      .sort((a, b) => a.calls - b.calls);
    if (free.length > 0 && (free[0].calls === 0 || this.#threads.size >= this.#threadsMax)) {
      return free[0];
    }
    const thread = new PluginThread(this.#script, (ended) => {
      this.#threads.delete(ended);
      clearTimeout(this.#reapers.get(ended));
      this.#reapers.delete(ended);
    });
    this.#threads.add(thread);
    return thread;
  }

  #reapLater(thread: PluginThread): void {
    if (!this.#threads.has(thread)) return;
    clearTimeout(this.#reapers.get(thread));
    const reaper = setTimeout(() => {
      if (thread.calls === 0) void thread.end(lost("The thread was idle"));
    }, this.#idleMs);
    this.#reapers.set(thread, reaper);
  }
}

function cacheKey(module: PluginModule, memoryBytesMax: number): string {
  return `${module.digest} ${memoryBytesMax}`;
}

/** Reads a module's bytes and refuses them where their digest is not the one that was asked for. */
async function loadChecked(module: PluginModule): Promise<Uint8Array> {
  const bytes = await module.load();
  const hash = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  const digest = `sha256:${new Uint8Array(hash).toHex()}`;
  if (digest === module.digest) return bytes;
  fail("PLUGIN_DIGEST", {
    what: `Cannot load plugin "${module.name}"`,
    where: { subject: `plugin ${module.name}` },
    why: `Its code has the digest ${digest}, wanted ${module.digest}`,
    fix: "Register the plugin again",
  });
}

function closed(plugin: string): never {
  fail("PLUGIN_WORKER", {
    what: `Cannot call plugin "${plugin}"`,
    why: "Khutulun is shutting down",
    fix: "Start it again",
  });
}
