import { whyNoLab } from "../../tests/lab/machine.ts";
import { inParallel, sleepersTemplate, until } from "../bench_agent.ts";
import { LabCluster, type UnitUse } from "../bench_lab_cluster.ts";
import { type BenchRow, inTurn, timeMs } from "../bench_row.ts";

const starts = 5;
const failovers = 5;
const roundsShort = 2;

const instances = 6;
const services = 100;
const hosts = 3;
const settleMs = 30_000;
const windowMs = 60_000;
const windowMsShort = 10_000;

const askEveryMs = 100;
const lookEveryMs = 20;
const template = "sleepers";

/** From a host's power loss, all in milliseconds. */
interface Failover {
  /** Until another's `host list` called it dead. */
  readonly toldMs: number;
  /** Until all that it ran ran on others, by the control groups of their units. */
  readonly runningMs: number;
  /** Until all of it counted as ready. */
  readonly readyMs: number;
}

/** What an idle agent takes. */
interface Idle extends UnitUse {
  /** Of one core, in the window that was watched. */
  readonly cpuPercent: number;
}

/** Three real systemd hosts, booted for these rows: what `cluster.ts` has for simulated ones, and what their agents take. */
export const rows: readonly BenchRow[] = [
  row("join to all agreeing", { rounds: hosts - 1 }, ({ cluster }) => cluster.joinsMs),
  row("start to all agreeing", { rounds: starts }, (measures) => measures.starts()),
  failoverRow("a host's power loss to a host list telling of it", ({ toldMs }) => toldMs),
  failoverRow("a host's power loss to what it ran running elsewhere", (each) => each.runningMs),
  {
    ...failoverRow(
      "of that, after a host list first told",
      ({ toldMs, runningMs }) => runningMs - toldMs,
    ),
    target: { atMost: 5_000 },
  },
  failoverRow("a host's power loss to what it ran ready elsewhere", ({ readyMs }) => readyMs),
  idleRow("processor of an idle agent, of one core,", ({ cpuPercent }) => cpuPercent, {
    unit: "%",
    target: { atMost: 0.2 },
  }),
  idleRow("resident memory of an idle agent", ({ residentMB }) => residentMB, {
    unit: "MB",
    target: { atMost: 80 },
  }),
  idleRow("its share of memory (PSS)", ({ proportionalMB }) => proportionalMB, { unit: "MB" }),
];

let shared: Promise<Measures> | undefined;

/** Takes the hosts away, which serve all rows. */
export async function close(): Promise<void> {
  const ending = shared;
  shared = undefined;
  await (await ending?.catch(() => undefined))?.cluster.close();
}

function row(
  name: string,
  rest: Partial<BenchRow>,
  take: (measures: Measures) => readonly number[] | Promise<readonly number[]>,
): BenchRow {
  return {
    unit: "ms",
    ...rest,
    name: `cluster: ${name}, ${hosts} lab hosts`,
    askedBy: `${hosts} lab hosts`,
    lacking: whyNoLab,
    prepare: async (isShort) => {
      const measures =
        await (shared ??= LabCluster.form(say).then((cluster) => new Measures(cluster, isShort)));
      return { sample: inTurn(await take(measures)) };
    },
  };
}

function failoverRow(name: string, pick: (failover: Failover) => number): BenchRow {
  return row(
    name,
    { rounds: failovers },
    async (measures) => (await measures.failovers()).map(pick),
  );
}

/** One sample is one host's. */
function idleRow(name: string, pick: (idle: Idle) => number, rest: Partial<BenchRow>): BenchRow {
  return row(
    `${name} with ${services} services`,
    { rounds: hosts, ...rest },
    async (measures) => (await measures.idle()).map(pick),
  );
}

/** What one cluster gives: each is measured once, for all rows that tell of it. */
class Measures {
  readonly cluster: LabCluster;
  readonly #isShort: boolean;
  #starts: Promise<number[]> | undefined;
  #failovers: Promise<Failover[]> | undefined;
  #idle: Promise<Idle[]> | undefined;

  constructor(cluster: LabCluster, isShort: boolean) {
    this.cluster = cluster;
    this.#isShort = isShort;
  }

  starts(): Promise<number[]> {
    return this.#starts ??= this.#repeat(starts, async () => {
      const ms = await this.cluster.startAgents();
      say(`  agreed after ${seconds(ms)}`);
      return ms;
    });
  }

  failovers(): Promise<Failover[]> {
    return this.#failovers ??= this.#failOver();
  }

  idle(): Promise<Idle[]> {
    return this.#idle ??= this.#watchIdle();
  }

  async #repeat<T>(rounds: number, work: () => Promise<T>): Promise<T[]> {
    const results: T[] = [];
    for (let round = 0; round < (this.#isShort ? roundsShort : rounds); round++) {
      results.push(await work());
    }
    return results;
  }

  /** Each host that loses its power is back, and rid of what has moved, before the next does. */
  async #failOver(): Promise<Failover[]> {
    const { cluster } = this;
    const service = "moving";
    const first = cluster.client("h1");
    await first.register(template, sleepersTemplate(instances));
    await first.settled(service, await first.deploy(service, template, { mark: "/tmp" }));
    const results = await this.#repeat(failovers, async () => {
      const victim = await mostLoaded(cluster, service);
      const result = await loseHost(cluster, service, victim);
      say(
        `  ${victim}: told after ${seconds(result.toldMs)}, running elsewhere after ` +
          `${seconds(result.runningMs)}, ready after ${seconds(result.readyMs)}`,
      );
      const backMs = await timeMs(() => bringBack(cluster, service, victim));
      say(`  ${victim}: back, with nothing that moved, after ${seconds(backMs)}`);
      return result;
    });
    await cluster.client("h1").remove(service);
    return results;
  }

  async #watchIdle(): Promise<Idle[]> {
    const { cluster } = this;
    const first = cluster.client("h1");
    await first.register("sleeper", sleepersTemplate(1));
    const names = Array.from({ length: services }, (_, index) => `s${index}`);
    const deployMs = await timeMs(() =>
      inParallel(4, names, async (service) => {
        await first.settled(service, await first.deploy(service, "sleeper", { mark: "/tmp" }));
      })
    );
    say(`  ${services} services after ${seconds(deployMs)}`);
    await sleep(this.#isShort ? windowMsShort : settleMs);
    const before = await cluster.agentUses();
    const ms = await timeMs(() => sleep(this.#isShort ? windowMsShort : windowMs));
    return (await cluster.agentUses()).map((use, at) => {
      const cpuPercent = (use.cpuMs - before[at].cpuMs) / ms * 100;
      const [percent, megabytes] = [cpuPercent.toFixed(2), use.residentMB.toFixed(0)];
      say(`  ${cluster.names[at]}: ${percent} % of a core, ${megabytes} MB`);
      return { ...use, cpuPercent };
    });
  }
}

async function mostLoaded(cluster: LabCluster, service: string): Promise<string> {
  const counts = [...await cluster.running(service)];
  return counts.reduce((most, each) => each[1] > most[1] ? each : most)[0];
}

async function loseHost(cluster: LabCluster, service: string, victim: string): Promise<Failover> {
  const others = cluster.names.filter((name) => name !== victim);
  const startMs = performance.now();
  const since = async (what: string, isSo: () => Promise<boolean>, everyMs: number) => {
    await until(`${victim} is dead and ${what}`, isSo, everyMs);
    return performance.now() - startMs;
  };
  await cluster.powerOff(victim);
  const [toldMs, runningMs, readyMs] = await Promise.all([
    since("another says so", async () => {
      const lists = await Promise.all(others.map((name) => cluster.listed(name, "dead")));
      return lists.some((dead) => dead.includes(victim));
    }, askEveryMs),
    since("what it ran runs elsewhere", async () => {
      const counts = await cluster.running(service);
      return others.reduce((sum, name) => sum + counts.get(name)!, 0) >= instances;
    }, lookEveryMs),
    since("what it ran is ready elsewhere", async () => {
      const views = await cluster.client(others[0]).client.call("instances", { query: {} })
        .catch(() => []);
      const ready = views.filter(({ ref, phase, host }) =>
        ref.service === service && phase === "ready" && host !== victim
      );
      return ready.length >= instances;
    }, askEveryMs),
  ]);
  return { toldMs, runningMs, readyMs };
}

async function bringBack(cluster: LabCluster, service: string, victim: string): Promise<void> {
  await cluster.powerOn(victim);
  await cluster.untilAgreed(cluster.names);
  await until(`${victim} is rid of what has moved`, async () => {
    const counts = [...(await cluster.running(service)).values()];
    const { phase } = await cluster.client(victim).client.call("cluster", {});
    return phase === "ready" && counts.reduce((sum, each) => sum + each, 0) === instances;
  }, askEveryMs);
}

function say(line: string): void {
  console.error(line);
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function sleep(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
