import { fail, type Problem, ProblemError } from "../../base/mod.ts";
import type { SeedOptions, Surroundings } from "../surroundings.ts";
import { withAgent } from "../with_agent.ts";

/** A first start unpacks the program and makes the cluster. */
const answerMsMax = 60_000;
const pollMs = 100;

/** Installs the agent as a unit, starts it and waits until it answers. */
export async function installAgent(it: Surroundings, flags: SeedOptions): Promise<void> {
  refuseRoot(flags);
  await it.install("install", flags, (why) => it.stderr.write(`${why}\n`));
  await sayThatItRuns(it, flags);
}

/** Puts this executable in the place of the installed one, and starts the agent anew. Services go on. */
export async function upgradeAgent(it: Surroundings, flags: SeedOptions): Promise<void> {
  refuseRoot(flags);
  await it.install("upgrade", flags, (why) => it.stderr.write(`${why}\n`));
  await sayThatItRuns(it, flags);
}

/** Takes the agent away. Services go on: their units are systemd's. */
export async function uninstallAgent(it: Surroundings, flags: SeedOptions): Promise<void> {
  refuseRoot(flags);
  await it.install("uninstall", flags, (why) => it.stderr.write(`${why}\n`));
  it.stdout.write("The agent is gone. Services, state and the host's own files are as they were\n");
}

function refuseRoot({ root }: SeedOptions): void {
  if (root === undefined) return;
  fail("CLI_USAGE", {
    what: "Cannot install an agent with --root",
    why: "A host, or a user, has one installed agent, and it has the usual places",
    fix: "Leave out --root, or run the agent without installing it: khutulun seed --root DIR",
  });
}

async function sayThatItRuns(it: Surroundings, flags: SeedOptions): Promise<void> {
  const { host, cluster, state } = await untilItAnswers(it, flags);
  if (flags.name !== undefined && flags.name !== cluster.name) {
    it.stderr.write(`The cluster was there already and keeps its name: --name is for a new one\n`);
  }
  it.stdout.write(
    `The agent of host "${host}" runs, now and after a boot: ` +
      `cluster "${cluster.name}", ${cluster.mode} mode, state in ${state}\n`,
  );
}

async function untilItAnswers(it: Surroundings, flags: SeedOptions) {
  const deadline = it.nowMs() + answerMsMax;
  for (;;) {
    try {
      return await withAgent(it, flags, (client) => client.call("status", {}));
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      if (it.nowMs() > deadline) failSilent(error.problem);
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

function failSilent(cause: Problem): never {
  fail("CLI_TIMEOUT", {
    what: "The agent was started, and does not answer",
    why: cause.why ?? cause.what,
    fix: "See why: journalctl -u khutulun (in user mode: journalctl --user -u khutulun)",
    cause,
  });
}
