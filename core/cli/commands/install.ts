import { Client } from "../../api/mod.ts";
import { fail, type Problem, ProblemError } from "../../base/mod.ts";
import type { SeedOptions, Surroundings } from "../surroundings.ts";

/** A first start unpacks the program and makes the cluster. */
const answerMsMax = 60_000;
const pollMs = 100;
/** Looking at the unit takes processes: it is done at each so many polls. */
const pollsBetweenLooks = 5;

/** Installs the agent as a unit, starts it and waits until it answers. */
export async function installAgent(it: Surroundings, flags: SeedOptions): Promise<void> {
  refuseRoot(it, flags);
  await it.install("install", flags, (why) => it.stderr.write(`${why}\n`));
  await sayThatItRuns(it, flags);
}

/** Puts this executable in the place of the installed one, and starts the agent anew. Services go on. */
export async function upgradeAgent(it: Surroundings, flags: SeedOptions): Promise<void> {
  refuseRoot(it, flags);
  await it.install("upgrade", flags, (why) => it.stderr.write(`${why}\n`));
  await sayThatItRuns(it, flags);
}

/** Takes the agent away. Services go on: their units are systemd's. */
export async function uninstallAgent(it: Surroundings, flags: SeedOptions): Promise<void> {
  refuseRoot(it, flags);
  await it.install("uninstall", flags, (why) => it.stderr.write(`${why}\n`));
  it.stdout.write("The agent is gone. Services, state and the host's own files are as they were\n");
}

/** Refuses to install an agent that is to have all in one directory. */
export function refuseRoot(it: Surroundings, { root }: SeedOptions): void {
  const isOption = root !== undefined;
  if (!isOption && !it.env("KHUTULUN_ROOT")) return;
  fail("CLI_USAGE", {
    what: `Cannot install or uninstall an agent with ${isOption ? "--root" : "KHUTULUN_ROOT"}`,
    why: "A host, or a user, has one installed agent, and it has the usual places",
    fix: `${isOption ? "Leave out --root" : "Unset KHUTULUN_ROOT"}, or run the agent without ` +
      "installing it: khutulun seed --root DIR",
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

/** Waits until the installed agent answers, or until it is evident that it will not. */
async function untilItAnswers(it: Surroundings, flags: SeedOptions) {
  const installed = await it.installedAgent(flags);
  const deadline = it.nowMs() + answerMsMax;
  for (let polls = 1;; polls++) {
    const client = new Client(installed.connect());
    try {
      return await client.call("status", {});
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      const trouble = polls % pollsBetweenLooks === 1 ? await installed.trouble() : undefined;
      if (trouble) throw new ProblemError(trouble);
      if (it.nowMs() > deadline) failSilent(error.problem);
    } finally {
      client.close();
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
