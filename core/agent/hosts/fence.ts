import { formatServiceRef, problem, ProblemError, type ServiceRef } from "../../base/mod.ts";
import { fenceMs, type Step } from "../../plan/mod.ts";
import { type Clock, FileError, type Files, type Logger, type Processes } from "../../ports/mod.ts";
import type { AgentOptions } from "../agent_ports.ts";
import { readPidFile } from "../pass/effects.ts";

/** The guard looks so often whether it was fed; it acts between once and twice that after the last time. */
const guardEverySeconds = fenceMs / 2_000;

/** What a guard leaves a process to end by itself. */
const graceSeconds = 10;

/** How often the fence looks at the time that is left. */
const lookEveryMs = 1_000;

/** The agent stops them itself so long before the guard would have to have done it. */
const aheadMs = 15_000;

/** The unit that fenced units are bound to (`BindsTo=`). */
const guardUnit = "khutulun-fence.service";

const commandMsMax = 10_000;

/** An instance that may run here only while the heartbeat is acknowledged. */
interface Fenced {
  readonly service: string;
  readonly item: string;
  /** Of a process that runs without systemd; empty under it. */
  readonly pidPath: string;
}

/**
 * Stops instances of this host when its heartbeat could not be written for too long: exclusive ones, so that another host may
 * take them over without them running twice, and those whose Isolation policy says `stop`.
 *
 * The agent does so itself while it lives. For when it does not, a guard runs beside it, a shell script of a few lines that
 * is fed through a file after each acknowledged heartbeat: under systemd as a unit that the instances' units are bound
 * to, else as a process that ends theirs.
 */
export class Fence {
  readonly #clock: Clock;
  readonly #files: Files;
  readonly #processes: Processes;
  readonly #logger: Logger;
  readonly #systemd: AgentOptions["systemd"];
  readonly #directory: string;
  #fenced: Fenced[] = [];
  #acknowledgedMs = -Infinity;
  /** When this life of the agent took up the watch: of what was before, the guard knows. */
  #sinceMs = -Infinity;
  #feeds = 0;
  #isDown = false;
  #onFenced = () => {};

  constructor(
    ports: {
      readonly clock: Clock;
      readonly files: Files;
      readonly processes: Processes;
      readonly logger: Logger;
    },
    { systemd, paths }: Pick<AgentOptions, "systemd" | "paths">,
  ) {
    this.#clock = ports.clock;
    this.#files = ports.files;
    this.#processes = ports.processes;
    this.#logger = ports.logger;
    this.#systemd = systemd;
    this.#directory = `${paths.runtime}/fence`;
  }

  /** Takes up what the life before has left, and watches the time until the signal is given. */
  async run(signal: AbortSignal): Promise<void> {
    this.#sinceMs = this.#clock.monotonicMs();
    await this.#load();
    while (!signal.aborted) {
      if (this.#fenced.length === 0) await this.#somethingToWatch(signal);
      await this.#clock.sleep(lookEveryMs, signal).catch(() => {});
      const isLate = !this.#isWithin(Math.max(this.#acknowledgedMs, this.#sinceMs));
      if (!signal.aborted && isLate && this.#fenced.length > 0) await this.#stopAll();
    }
  }

  /** Resolves once something is fenced, or the signal is given. */
  async #somethingToWatch(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const done = () => resolve();
    this.#onFenced = done;
    signal.addEventListener("abort", done, { once: true });
    if (signal.aborted) resolve();
    await promise;
    signal.removeEventListener("abort", done);
  }

  /** Whether the heartbeat was acknowledged lately: only then may fenced instances run here. */
  get isOpen(): boolean {
    return this.#isWithin(this.#acknowledgedMs);
  }

  #isWithin(sinceMs: number): boolean {
    return this.#clock.monotonicMs() - sinceMs < fenceMs - aheadMs;
  }

  /** Takes note that a write of the heartbeat, begun at `beganMs`, was acknowledged. */
  async acknowledged(beganMs: number): Promise<void> {
    this.#acknowledgedMs = beganMs;
    this.#isDown = false;
    if (this.#fenced.length > 0) await this.#feed();
  }

  /**
   * Called before a step starts a fenced instance, with why it is one (`it is exclusive`); throws where it may not be
   * started.
   */
  async admit(ref: ServiceRef, step: Step, fenced: string): Promise<void> {
    if (!this.isOpen) {
      throw new ProblemError(problem("AGENT_FENCED", {
        what: `Cannot ${step.why}`,
        where: { subject: step.item },
        why: `${fenced[0].toUpperCase()}${fenced.slice(1)}, and this host's heartbeat was not ` +
          "acknowledged lately",
        fix: "Bring the shared state back; the agent goes on by itself",
      }));
    }
    const pidPath = "spawn" in step.do ? step.do.spawn.pidPath : "";
    const entry = { service: formatServiceRef(ref), item: step.item, pidPath };
    const others = this.#fenced.filter((each) =>
      each.service !== entry.service || each.item !== entry.item
    );
    await this.#keep([...others, entry]);
    await this.#feed();
    await this.#startGuard();
  }

  /** Takes note that an instance is gone from this host, or may run on whatever happens. */
  async forget(ref: ServiceRef, item: string): Promise<void> {
    const service = formatServiceRef(ref);
    const kept = this.#fenced.filter((each) => each.service !== service || each.item !== item);
    if (kept.length < this.#fenced.length) await this.#keep(kept);
  }

  async #stopAll(): Promise<void> {
    if (this.#isDown) return;
    this.#isDown = true;
    this.#logger.log(
      "error",
      "Stops what may not run while the host is isolated: its heartbeat was not acknowledged",
      {
        instances: this.#fenced.map(({ service, item }) => `${service}/${item}`).join(", "),
      },
    );
    if (this.#systemd === "none") {
      await Promise.all(this.#fenced.map(async ({ pidPath }) => {
        const identity = pidPath ? await readPidFile(this.#files, pidPath) : undefined;
        if (identity) await this.#processes.end(identity, graceSeconds * 1_000);
      }));
    } else {
      await this.#systemctl("stop", guardUnit);
    }
  }

  async #startGuard(): Promise<void> {
    const argv = [
      "/bin/sh",
      "-c",
      guardScript,
      "khutulun-fence",
      this.#feedPath,
      this.#systemd === "none" ? this.#listPath : "/dev/null",
      String(guardEverySeconds),
      String(graceSeconds),
    ];
    if (this.#systemd !== "none") {
      if (await this.#systemctl("is-active", "--quiet", guardUnit)) return;
      const manager = this.#systemd === "user" ? ["--user"] : [];
      const run = ["systemd-run", ...manager, "--collect", `--unit=${guardUnit}`];
      const description =
        "--description=Stops what may not run while khutulun cannot reach its state";
      await this.#processes.run({
        argv: [...run, description, "--", ...argv],
        timeoutMs: commandMsMax,
      });
      return;
    }
    const path = `${this.#directory}/khutulun-fence.pid`;
    const running = await readPidFile(this.#files, path);
    if (running && await this.#processes.isRunning(running)) return;
    await this.#processes.spawnDetached({
      argv,
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
      cwd: "/",
      logPath: `${this.#directory}/guard.log`,
      record: { path, note: "fence" },
    });
  }

  async #systemctl(...argv: string[]): Promise<boolean> {
    const manager = this.#systemd === "user" ? ["--user"] : [];
    const { exit } = await this.#processes.run({
      argv: ["systemctl", ...manager, ...argv],
      timeoutMs: commandMsMax,
    });
    return exit === 0;
  }

  get #feedPath(): string {
    return `${this.#directory}/feed`;
  }

  get #listPath(): string {
    return `${this.#directory}/list`;
  }

  async #feed(): Promise<void> {
    const text = `${Math.round(this.#clock.monotonicMs())} ${++this.#feeds}\n`;
    await this.#replace(this.#feedPath, text).catch((error) => {
      this.#logger.log("warning", "The guard of fenced instances could not be fed", {
        error: String(error),
      });
    });
  }

  async #keep(fenced: Fenced[]): Promise<void> {
    this.#fenced = fenced;
    if (fenced.length > 0) this.#onFenced();
    const lines = fenced.map(({ service, item, pidPath }) => `${service} ${item} ${pidPath}\n`);
    await this.#replace(this.#listPath, lines.join(""));
  }

  async #load(): Promise<void> {
    const found = parseList(await this.#readList());
    const known = new Set(this.#fenced.map(({ service, item }) => `${service} ${item}`));
    const more = found.filter(({ service, item }) => !known.has(`${service} ${item}`));
    this.#fenced = [...this.#fenced, ...more];
  }

  /** A list that cannot be read leaves what it names to the guard, which reads it by itself: that is said, not hidden. */
  async #readList(): Promise<string> {
    try {
      return await this.#files.readText(this.#listPath);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      if (error.code !== "ENOENT") {
        this.#logger.log("error", "The list of fenced instances could not be read", {
          error: String(error),
        });
      }
      return "";
    }
  }

  async #replace(path: string, text: string): Promise<void> {
    const temporary = `${path}.new`;
    await this.#files.makeDirectory(this.#directory, { parents: true, mode: 0o700 });
    await this.#files.remove(temporary).catch((error) => {
      if (!(error instanceof FileError && error.code === "ENOENT")) throw error;
    });
    await this.#files.writeNew(temporary, text, { mode: 0o600 });
    await this.#files.rename(temporary, path);
  }
}

/** Reads the lines of the list: a service, an item, and the path of a file, which may have spaces. */
function parseList(text: string): Fenced[] {
  return text.split("\n").filter(Boolean).map((line) => {
    const [service, item, ...path] = line.split(" ");
    return { service, item, pidPath: path.join(" ") };
  });
}

/**
 * `$1` the feed, `$2` the list, `$3` seconds between looks, `$4` seconds from TERM to KILL. A process is told by its start time
 * beside its number, as numbers come again.
 */
export const guardScript = `
last=
while now=$(cat "$1") && [ "$now" != "$last" ]; do last=$now; sleep "$3"; done
for signal in TERM KILL; do
  found=
  while read -r service item pidfile; do
    [ -n "$pidfile" ] && read -r pid ticks rest < "$pidfile" || continue
    [ "$(sed 's/.*) //' "/proc/$pid/stat" | cut -d ' ' -f 20)" = "$ticks" ] || continue
    kill -s "$signal" -- "-$pid" && found=1
  done < "$2"
  [ -n "$found" ] || exit 0
  [ "$signal" = KILL ] || sleep "$4"
done
`.trim();
