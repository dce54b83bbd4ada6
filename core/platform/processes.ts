import { assert, fail } from "../base/mod.ts";
import type {
  AttachCommand,
  AttachedProcess,
  Clock,
  Command,
  CommandResult,
  DetachedCommand,
  Processes,
  ProcessIdentity,
} from "../ports/mod.ts";
import { wholeEnvironment } from "./_environment.ts";
import { findCommand } from "./_find_command.ts";
import {
  bootId,
  isAlive,
  processesOfSession,
  type ProcessStat,
  readProcessStat,
  startedWith,
} from "./_proc.ts";
import { attachProcess } from "./_attach_process.ts";
import { runCommand } from "./_run_command.ts";
import { bootVariable, spawnDetached } from "./_spawn_detached.ts";

/** How long a killed process may take to go before that is a problem (it hangs in the kernel). */
const goneAfterKillMs = 5_000;

/** The processes of this machine, through Deno and `/proc`. */
export class SystemProcesses implements Processes {
  readonly #clock: Clock;
  readonly #environment: Readonly<Record<string, string>>;

  /** `environment` is given to the commands that we run for ourselves, not to workloads (`systemctl --user` needs some). */
  constructor(clock: Clock, environment: Readonly<Record<string, string>> = {}) {
    this.#clock = clock;
    this.#environment = environment;
  }

  run(command: Command, signal?: AbortSignal): Promise<CommandResult> {
    return runCommand({ ...command, env: { ...this.#environment, ...command.env } }, signal);
  }

  spawnDetached(command: DetachedCommand): Promise<ProcessIdentity> {
    return spawnDetached(command);
  }

  attach(command: AttachCommand): AttachedProcess {
    return attachProcess({ ...command, env: { ...this.#environment, ...command.env } });
  }

  // deno-lint-ignore require-await -- the port's shape
  async isRunning(identity: ProcessIdentity): Promise<boolean> {
    return isVery(identity, readProcessStat(identity.pid));
  }

  async end(identity: ProcessIdentity, graceMs: number): Promise<void> {
    assert(identity.pid > 1, "the pid of a process to end is greater than 1");
    if (await this.#signalUntilGone(identity, "SIGTERM", graceMs)) return;
    if (await this.#signalUntilGone(identity, "SIGKILL", goneAfterKillMs)) return;
    fail("PLATFORM_PROCESS_STAYS", {
      what: `Cannot end process ${identity.pid}: it stays although it was killed`,
      why: "It hangs in the kernel, as a process does on a mount or a disk that does not answer",
      fix: "Bring the mount or the disk back; the process then goes by itself",
    });
  }

  // deno-lint-ignore require-await -- the port's shape
  async which(name: string): Promise<string | undefined> {
    const found = findCommand(name, wholeEnvironment(undefined).PATH);
    return "path" in found ? found.path : undefined;
  }

  /**
   * Signals each process of the session once, and those that appear meanwhile; returns whether all went in time. What was
   * signalled is watched by itself: a look at all of `/proc` costs milliseconds on a busy host.
   */
  async #signalUntilGone(
    identity: ProcessIdentity,
    signal: "SIGTERM" | "SIGKILL",
    durationMs: number,
  ): Promise<boolean> {
    const deadlineMs = this.#clock.monotonicMs() + durationMs;
    let told: ProcessIdentity[] = [];
    for (;;) {
      const fresh = remainsOf(identity).filter((each) => !told.some((one) => isSame(one, each)));
      if (fresh.length === 0 && told.length === 0) return true;
      for (const { pid } of fresh) send(pid, signal);
      told.push(...fresh);
      for (let pauseMs = 2; told.length > 0; pauseMs = Math.min(pauseMs * 2, 100)) {
        const leftMs = deadlineMs - this.#clock.monotonicMs();
        if (leftMs <= 0) return false;
        await this.#clock.sleep(Math.min(pauseMs, leftMs));
        told = told.filter((each) => isVery(each, readProcessStat(each.pid)));
      }
    }
  }
}

function isSame(a: ProcessIdentity, b: ProcessIdentity): boolean {
  return a.pid === b.pid && a.startTicks === b.startTicks;
}

/**
 * Returns the living processes that belong to an identity: its own and those of its session.
 *
 * While the leader is there its session is known for certain. Once it is gone, the kernel keeps its number from being used
 * again for as long as its session lives, but a number of an earlier boot may be anyone's: then only processes
 * that were started by us in this boot, and not before it, count.
 */
function remainsOf(identity: ProcessIdentity): ProcessStat[] {
  const leader = readProcessStat(identity.pid);
  if (leader && leader.startTicks !== identity.startTicks) return [];
  if (leader) {
    const session = processesOfSession(identity.pid);
    const isCounted = session.some((each) => each.pid === leader.pid);
    return isCounted || !isAlive(leader) ? session : [leader, ...session];
  }
  const mark = `${bootVariable}=${bootId()}`;
  return processesOfSession(identity.pid).filter((each) =>
    each.startTicks >= identity.startTicks && startedWith(each.pid, mark)
  );
}

function isVery(identity: ProcessIdentity, stat: ProcessStat | undefined): boolean {
  return isAlive(stat) && stat.startTicks === identity.startTicks;
}

function send(pid: number, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    Deno.kill(pid, signal);
  } catch { /* it went by itself */ }
}
