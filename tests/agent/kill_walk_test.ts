import assert from "node:assert/strict";
import { ProblemError } from "../../core/base/mod.ts";
import type { Agent } from "../../core/agent/mod.ts";
import type { StopMoment } from "../../core/sim/mod.ts";
import { SimulatedHost } from "../support/simulated_host.ts";
import { deleteAndFollow, deployAndFollow, traces } from "../support/simulated_service.ts";

type Command = (agent: Agent) => Promise<unknown>;

const deploy: Command = (agent) => deployAndFollow(agent);
const change: Command = (agent) => deployAndFollow(agent, { greeting: "changed" });

/** Deletes what is left to delete: a deletion that was cut short may be completed already, or just now. */
const remove: Command = async (agent) => {
  try {
    await deleteAndFollow(agent);
  } catch (error) {
    const isGone = error instanceof ProblemError && error.problem.code === "AGENT_SERVICE_UNKNOWN";
    if (!isGone) throw error;
  }
};

interface Walk {
  readonly before: readonly Command[];
  readonly command: Command;
  /** How many processes there are when all is done. */
  readonly running: number;
}

const walks: Readonly<Record<string, Walk>> = {
  deploy: { before: [], command: deploy, running: 2 },
  change: { before: [deploy], command: change, running: 2 },
  delete: { before: [deploy], command: remove, running: 0 },
};

/**
 * Ends the agent at one of its effects, starts another one and gives the command again. Says how it ended: an
 * effect that fails by itself is survived.
 */
async function killOnce(
  { before, command, running }: Walk,
  stopAt: { readonly effect: number; readonly moment: StopMoment },
): Promise<"killed" | "survived" | "past"> {
  const host = await SimulatedHost.seeded();
  const clean = traces(host);
  for (const each of before) {
    const life = await host.start();
    await host.clock.run(each(life.agent));
    await life.stop();
  }
  const { faults, where } = await host.die(stopAt, command);
  if (!faults.isStopped) return faults.effects.length < stopAt.effect ? "past" : "survived";
  checkNothingIsDoubled(host, where);
  const life = await host.start();
  await host.clock.run(command(life.agent));
  checkNothingIsDoubled(host, where);
  assert.equal(host.machine.running().length, running, where);
  await host.clock.run(remove(life.agent));
  // What nobody holds any more is swept a while later.
  await host.clock.advance(180_000);
  await life.stop();
  assert.deepEqual(host.machine.running(), [], where);
  assert.deepEqual(traces(host), clean, where);
  assert.deepEqual(claimsOf(host), [], where);
  return "killed";
}

function checkNothingIsDoubled(host: SimulatedHost, where: string): void {
  const names = host.machine.running().map(({ argv }) => argv[0]);
  assert.deepEqual(names, [...new Set(names)], `${where}: ${names.join(", ")} run`);
}

function claimsOf(host: SimulatedHost): string[] {
  return Object.keys(host.machine.disk.texts()).filter((path) =>
    path.includes("/claims/tcp/") && !path.endsWith(".tmp")
  );
}

for (const [name, walk] of Object.entries(walks)) {
  Deno.test(`the agent may be killed between any two effects of ${name}, and the next run completes it`, async () => {
    let count = 0;
    for (let effect = 1; effect < 1_000; effect++) {
      let isPast = false;
      for (const moment of ["before", "torn", "after"] as const) {
        const end = await killOnce(walk, { effect, moment });
        if (end === "past") isPast = true;
        if (end === "killed") count++;
      }
      if (isPast) break;
    }
    assert(count > 60, `${count} kills`);
  });
}
