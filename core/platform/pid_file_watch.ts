import type { Clock, Processes, ProcessIdentity, UnitWatch } from "../ports/mod.ts";

export interface PidFileWatchOptions {
  /** The directory of the pid files: `<unit>.pid`, holding `PID STARTTICKS REVISION`. */
  readonly directory: string;
  /** How often it looks; 1 s unless told. A look costs one listing, and a read in /proc for each process. */
  readonly intervalMs?: number;
}

/**
 * Tells when processes that the agent supervises by itself have ended.
 *
 * They are not our children once the agent has been restarted, and no signal of the kernel tells of others' children, so it
 * looks at `/proc` now and then: within a second, the same as the shortest restart delay.
 */
export class PidFileWatch implements UnitWatch {
  readonly #clock: Clock;
  readonly #processes: Processes;
  readonly #directory: string;
  readonly #intervalMs: number;

  constructor(clock: Clock, processes: Processes, options: PidFileWatchOptions) {
    this.#clock = clock;
    this.#processes = processes;
    this.#directory = options.directory;
    this.#intervalMs = options.intervalMs ?? 1_000;
  }

  async watch(onChange: (unit: string | undefined) => void): Promise<() => Promise<void>> {
    const stop = new AbortController();
    let running = await this.#look(new Map());
    const loop = this.#follow(stop.signal, async () => {
      const now = await this.#look(running);
      for (const [unit, identity] of running) {
        if (now.get(unit) !== identity) onChange(unit);
      }
      running = now;
    });
    return async () => {
      stop.abort();
      await loop;
    };
  }

  async #follow(signal: AbortSignal, look: () => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.sleep(this.#intervalMs, signal).catch(() => {});
      if (!signal.aborted) await look();
    }
  }

  /** Returns what runs by unit. The pid file of what runs still is not read again: that keeps a hundred of them cheap. */
  async #look(before: Running): Promise<Running> {
    const running = new Map<string, ProcessIdentity>();
    for await (const unit of unitsIn(this.#directory)) {
      const known = before.get(unit);
      const isSame = known !== undefined && await this.#processes.isRunning(known);
      const identity = isSame ? known : await readIdentity(`${this.#directory}/${unit}.pid`);
      if (identity && (isSame || await this.#processes.isRunning(identity))) {
        running.set(unit, identity);
      }
    }
    return running;
  }
}

type Running = ReadonlyMap<string, ProcessIdentity>;

async function* unitsIn(directory: string): AsyncGenerator<string> {
  try {
    for await (const { name } of Deno.readDir(directory)) {
      if (name.endsWith(".pid")) yield name.slice(0, -".pid".length);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function readIdentity(path: string): Promise<ProcessIdentity | undefined> {
  const text = await Deno.readTextFile(path).catch(() => ""); // gone meanwhile: not running
  const [pid, startTicks] = text.split(" ").map(Number);
  return pid > 1 && startTicks >= 0 ? { pid, startTicks } : undefined;
}
