import { type BenchRow, timeMs } from "../bench_row.ts";
import { BenchAgent, inParallel, smallTemplate } from "../bench_agent.ts";

const few = 10;
const many = 1_000;
const manyShort = 100;
const flat = 2;

/** What operations cost with many services, held against what they cost with few: agents with each run side by side. */
export const rows: readonly BenchRow[] = [
  {
    ...growthRow("growth: service list with 1,000 services", async (agent) => {
      await agent.client.call("services", { query: {} });
    }),
    target: { ratioAtMost: flat },
  },
  {
    ...growthRow("growth: a deploy with 1,000 services present", async (agent) => {
      await agent.settled("one-more", await agent.deploy("one-more", "small"));
    }, (agent) => agent.remove("one-more")),
    target: { ratioAtMost: flat },
  },
];

interface Pair {
  readonly few: BenchAgent;
  readonly many: BenchAgent;
}

let shared: Promise<Pair> | undefined;

/** Ends the agents, which serve all rows. */
export async function close(): Promise<void> {
  const pair = await shared?.catch(() => undefined);
  shared = undefined;
  await Promise.all([pair?.few.close(), pair?.many.close()]);
}

function growthRow(
  name: string,
  work: (agent: BenchAgent) => Promise<void>,
  undo?: (agent: BenchAgent) => Promise<void>,
): BenchRow {
  const once = async (agent: BenchAgent) => {
    const ms = await timeMs(() => work(agent));
    await undo?.(agent);
    return ms;
  };
  return {
    name,
    unit: "ms",
    rounds: 7,
    prepare: async (isShort) => {
      const { few, many } = await (shared ??= startPair(isShort));
      return { sample: () => once(many), floor: () => once(few), floorName: floorName(isShort) };
    },
  };
}

function floorName(isShort: boolean): string {
  return `the same with ${few}${isShort ? `; only ${manyShort} in place of ${many}` : ""}`;
}

async function startPair(isShort: boolean): Promise<Pair> {
  const agents: BenchAgent[] = [];
  try {
    for (const count of [few, isShort ? manyShort : many]) {
      const agent = await BenchAgent.start({ madeFilesOnly: true });
      agents.push(agent);
      await fill(agent, count);
    }
    return { few: agents[0], many: agents[1] };
  } catch (error) {
    for (const agent of agents) await agent.close();
    throw error;
  }
}

async function fill(agent: BenchAgent, count: number): Promise<void> {
  await agent.register("small", smallTemplate);
  const services = Array.from({ length: count }, (_, index) => `s${index}`);
  await inParallel(4, services, async (service) => {
    await agent.settled(service, await agent.deploy(service, "small"));
  });
}
