import { type Clout, readClout } from "../../core/clout/mod.ts";
import {
  type HostInventory,
  planService,
  type ServicePlan,
  type ServicePlanInput,
} from "../../core/plan/mod.ts";
import { type BenchRow, timeMs } from "../bench_row.ts";

const hostCount = 5_000;
const templateCount = 100;
const copiesEach = 500;
const target = { atLeast: 10_000 } as const;

/** How fast instances find their hosts: 50,000 processes with a reserved port each are 100,000 instances. */
export const rows: readonly BenchRow[] = [
  {
    name: "plan: place 100,000 instances on 5,000 hosts",
    unit: "/s",
    rounds: 3,
    target,
    prepare: () => {
      const input = inputFor(templateCount, copiesEach);
      return Promise.resolve({ sample: () => rate(() => planService(input)) });
    },
  },
  {
    name: "plan: plan them again with one property changed",
    unit: "/s",
    rounds: 3,
    target,
    prepare: () => {
      const first = inputFor(templateCount, copiesEach);
      const input = after(first, planService(first));
      return Promise.resolve({ sample: () => rate(() => planService(input)) });
    },
  },
  {
    name: "plan: place 10 instances on 5,000 hosts that are in use",
    unit: "ms",
    prepare: () => {
      const input = inputFor(1, 5);
      return Promise.resolve({ sample: () => timeMs(() => planService(input)) });
    },
  },
];

async function rate(plan: () => ServicePlan): Promise<number> {
  let instances = 0;
  const ms = await timeMs(() => {
    const { instances: planned, problems } = plan();
    if (problems.length > 0) throw new Error(problems[0].what);
    instances = planned.length;
  });
  return instances / (ms / 1_000);
}

function inputFor(templates: number, copies: number): ServicePlanInput {
  const clout = graphOf(templates, copies, "serve");
  const needs = new Map(
    [...clout.vertexes.keys()].filter((id) => id.startsWith("port")).map((id) => [id, {
      commands: [],
      claims: [{ name: "port", kind: "tcp", want: { range: [20_000, 29_999] as const } }],
    }]),
  );
  return {
    ref: { namespace: "default", service: "large" },
    baseGeneration: 0,
    clout,
    hosts: hosts(),
    realise: () => ({ plugin: "process", digest: "sha256:0" }),
    needs,
  };
}

function after(input: ServicePlanInput, { instances }: ServicePlan): ServicePlanInput {
  return {
    ...input,
    baseGeneration: 1,
    before: { clout: graphOf(templateCount, copiesEach, "other"), instances },
  };
}

function graphOf(templates: number, copies: number, command: string): Clout {
  const profile = "org.khutulun:1.0";
  const names = Array.from({ length: templates }, (_, index) => index);
  return readClout(JSON.stringify({
    format: 1,
    policies: [{
      name: "copies",
      types: [`${profile}::Redundancy`],
      targets: names.map((index) => `web${index}`),
      properties: { min: copies },
    }],
    vertexes: names.flatMap((index) => [
      {
        id: `web${index}`,
        name: `web${index}`,
        index: 0,
        count: 1,
        types: [`${profile}::Process`],
        properties: { command: [index === 0 ? command : "serve"], cpus: { "$.float": "0.1" } },
        edges: [{
          name: "port",
          index: 0,
          types: [`${profile}::Reserves`, `${profile}::Dependency`],
          target: `port${index}`,
          capability: "reservable",
        }],
      },
      {
        id: `port${index}`,
        name: `port${index}`,
        index: 0,
        count: 1,
        types: [`${profile}::Port`],
        metadata: { "khutulun.follows": "instance" },
      },
    ]),
  }));
}

function hosts(): HostInventory[] {
  return Array.from({ length: hostCount }, (_, index) => ({
    id: `host-${index}`,
    labels: { zone: `zone-${index % 7}` },
    liveness: "alive",
    capacity: { cpus: 8, memoryBytes: 2 ** 34 },
    used: { cpus: index % 4, memoryBytes: 2 ** 30 },
    instances: index % 20,
    claims: Array.from({ length: index % 20 }, (_, claim) => ({
      kind: "tcp",
      key: String(20_000 + claim * 7),
      namespace: "default",
      service: `other-${claim}`,
      instance: "web-0",
    })),
    listeners: [{ key: "tcp/22", holder: "sshd (pid 1)" }],
  }));
}
