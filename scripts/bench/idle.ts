import type { BenchRow, PreparedBench } from "../bench_row.ts";
import { BenchAgent, inParallel, sleepersTemplate } from "../bench_agent.ts";

const serviceCount = 100;
const settleMs = 15_000;
const ticksPerSecond = 100; // sysconf(_SC_CLK_TCK) of every Linux that Deno runs on

interface IdleFacts {
  readonly cpuPercent: number;
  readonly residentMB: number;
  readonly readsPerSecond: number;
}

let measured: { readonly windowMs: number; readonly facts: Promise<IdleFacts> } | undefined;

/** What an agent takes that has 100 services with a process each, and nothing to do. One run gives all rows. */
export const rows: readonly BenchRow[] = [
  idleRow("idle agent: processor, of one core", "%", { atMost: 0.2 }, (facts) => facts.cpuPercent),
  idleRow("idle agent: resident memory", "MB", { atMost: 80 }, (facts) => facts.residentMB),
  {
    ...idleRow(
      "idle agent: read(2) of all kinds, state reads among them",
      "/s",
      undefined, // at most one a second is wanted of looks into the state: see `state_reads.ts`
      (facts) => facts.readsPerSecond,
    ),
    remark: "those of the state are a row of their own",
  },
];

function idleRow(
  name: string,
  unit: BenchRow["unit"],
  target: BenchRow["target"],
  pick: (facts: IdleFacts) => number,
): BenchRow {
  return {
    name,
    unit,
    rounds: 1,
    target,
    prepare: (isShort): Promise<PreparedBench> => {
      const windowMs = isShort ? 10_000 : 60_000;
      if (measured?.windowMs !== windowMs) measured = { windowMs, facts: measure(windowMs) };
      const { facts } = measured;
      return Promise.resolve({ sample: async () => pick(await facts) });
    },
  };
}

async function measure(windowMs: number): Promise<IdleFacts> {
  const agent = await BenchAgent.start();
  try {
    await agent.register("sleeper", sleepersTemplate(1));
    const marks = await agent.newMarks();
    const services = Array.from({ length: serviceCount }, (_, index) => `s${index}`);
    await inParallel(4, services, async (service) => {
      await agent.settled(service, await agent.deploy(service, "sleeper", { mark: marks }));
    });
    await sleep(settleMs);
    const [ticks, reads] = [ticksOf(agent.pid), readsOf(agent.pid)];
    const startMs = performance.now();
    await sleep(windowMs);
    const seconds = (performance.now() - startMs) / 1_000;
    return {
      cpuPercent: (ticksOf(agent.pid) - ticks) / ticksPerSecond / seconds * 100,
      residentMB: field(`/proc/${agent.pid}/status`, "VmRSS") * 1_024 / 1e6,
      readsPerSecond: (readsOf(agent.pid) - reads) / seconds,
    };
  } finally {
    await agent.close();
  }
}

function ticksOf(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

function readsOf(pid: number): number {
  return field(`/proc/${pid}/io`, "syscr");
}

function field(path: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(Deno.readTextFileSync(path))![1]);
}

function sleep(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
