import assert from "node:assert/strict";
import type { JsonObject } from "../base/mod.ts";
import {
  deployHello,
  follow,
  helloRef,
  helloRequest,
} from "../../tests/support/simulated_service.ts";
import { type Life, SimulatedHost } from "../../tests/support/simulated_host.ts";

const typed = (name: string) => `org.khutulun:1.0::${name}`;

function policies(update?: JsonObject): JsonObject[] {
  return [
    {
      name: "many",
      types: [typed("Redundancy")],
      properties: { min: 2, max: 3 },
      targets: ["web"],
    },
    {
      name: "answers",
      types: [typed("HealthCheck")],
      properties: { port: "http" },
      targets: ["web"],
    },
    ...(update
      ? [{ name: "calm", types: [typed("Update")], properties: update, targets: ["web"] }]
      : []),
  ];
}

/** A web server that listens a second after its start, and never where it is to greet with "bad". */
async function hostOfGreeters() {
  const host: SimulatedHost = await SimulatedHost.seeded({
    program: (argv, env) => {
      if (argv[0] !== "web" || env.GREETING === "bad") return {};
      const { clock } = host;
      const bornMs = clock.nowMs();
      return {
        get listens() {
          return clock.nowMs() - bornMs >= 1_000 ? [`tcp/${env.PORT}`] : [];
        },
      };
    },
  });
  return host;
}

function greetings({ machine }: SimulatedHost): string[] {
  return machine.running().filter(({ argv }) => argv[0] === "web").map(({ env }) => env.GREETING)
    .sort();
}

/** Runs some work, and returns the fewest web servers that answered at any moment meanwhile. */
async function fewest<T>(
  host: SimulatedHost,
  begin: () => Promise<T>,
): Promise<[number, T]> {
  let isOver = false;
  let least = Infinity;
  const end = begin().finally(() => isOver = true);
  while (!isOver) {
    least = Math.min(least, host.machine.listeners().length);
    await host.clock.advance(20);
  }
  return [least, await end];
}

async function update({ agent: { useCases } }: Life, greeting: string) {
  const { template, inputs } = helloRequest({ greeting, policies: policies({}) });
  const answer = await useCases.deploy({ ref: helloRef, template, inputs, update: {} });
  return await follow(useCases, answer.generation);
}

Deno.test("deploy() changes instances in turn where a policy says so, never fewer than the minimum", async () => {
  const host = await hostOfGreeters();
  const life = await host.start();
  await deployHello(host, life, { policies: policies({}) });
  assert.deepEqual(greetings(host), ["hello", "hello", "hello"]);
  const [least, end] = await fewest(host, () => update(life, "hi"));
  assert.equal(end?.kind, "settled", JSON.stringify(end));
  assert.equal(least, 2);
  assert.deepEqual(greetings(host), ["hi", "hi", "hi"]);
  const instances = await host.clock.run(life.agent.useCases.instances({}));
  assert.deepEqual([...new Set(instances.map(({ phase }) => phase))], ["ready"]);
  const events = await host.clock.run(life.agent.useCases.events({}));
  const trouble = ["restarted", "repaired", "failed"];
  assert.deepEqual(events.filter(({ type }) => trouble.includes(type)), []);
  await life.stop();
});

Deno.test("deploy() takes an update back that fails, and says why", async () => {
  const host = await hostOfGreeters();
  const life = await host.start();
  const { useCases } = life.agent;
  await deployHello(host, life, { policies: policies({}) });
  const [least, end] = await fewest(host, () => update(life, "bad"));
  assert.equal(end?.kind, "failed");
  assert.equal(end?.problem?.code, "AGENT_ROLLED_BACK");
  assert.match(end!.problem!.why!, /web-0.*connection refused/s);
  assert.equal(least, 2);
  await host.clock.advance(30_000);
  assert.deepEqual(greetings(host), ["hello", "hello", "hello"]);
  const why = await host.clock.run(useCases.why("hello", "default"));
  assert.match(why.lines.join("\n"), /failed and was taken back\n.*connection refused/);
  assert.equal((await host.clock.run(useCases.services()))[0].phase, "ready");
  const events = await host.clock.run(useCases.events({}));
  assert.equal(events.filter(({ type }) => type === "rolled-back").length, 1);

  const [, again] = await fewest(host, () => update(life, "good evening"));
  assert.equal(again?.kind, "settled", JSON.stringify(again));
  assert.deepEqual(greetings(host), Array(3).fill("good evening"));
  assert.match(
    (await host.clock.run(useCases.why("hello", "default"))).lines[0],
    /as it should be/,
  );
  await life.stop();
});

Deno.test("deploy() takes an update back whose first instance is ready for a moment and then no longer", async () => {
  const host: SimulatedHost = await SimulatedHost.seeded({
    program: (argv, env) => {
      if (argv[0] !== "web") return {};
      const { clock } = host;
      const bornMs = clock.nowMs();
      return {
        get listens() {
          const ageMs = clock.nowMs() - bornMs;
          return env.GREETING !== "weak" || ageMs < 5_000 ? [`tcp/${env.PORT}`] : [];
        },
      };
    },
  });
  const life = await host.start();
  const { useCases } = life.agent;
  const rules = policies({ pause: "20 s" });
  await deployHello(host, life, { policies: rules });
  const { template } = helloRequest({ greeting: "weak", policies: rules });
  const begin = async () => {
    const { generation } = await useCases.deploy({ ref: helloRef, template });
    return await follow(useCases, generation);
  };
  const [least, end] = await fewest(host, begin);
  assert.equal(end?.problem?.code, "AGENT_ROLLED_BACK");
  assert.match(end!.problem!.why!, /web-0.*does not stay so.*connection refused/s);
  assert.equal(least, 2);
  await host.clock.advance(60_000);
  assert.deepEqual(greetings(host), ["hello", "hello", "hello"]);
  await life.stop();
});

Deno.test("deploy() goes on with an update that another life of the agent has begun", async () => {
  const host = await hostOfGreeters();
  const first = await host.start();
  await deployHello(host, first, { policies: policies({ pause: "10 s" }) });
  const { template } = helloRequest({ greeting: "hi", policies: policies({ pause: "10 s" }) });
  await host.clock.run(first.agent.useCases.deploy({ ref: helloRef, template }));
  await host.clock.advance(2_000);
  assert.deepEqual(greetings(host), ["hello", "hello", "hi"]);
  const why = await host.clock.run(first.agent.useCases.why("web-1", "default"));
  assert.match(why.lines[0], /web-1 is ready as it was before: it waits for its turn: web-0/);
  first.faults.stop(); // as kill -9
  const second = await host.start();
  const [least] = await fewest(
    host,
    () => second.agent.useCases.status().then(() => host.clock.sleep(60_000)),
  );
  assert.equal(least, 2);
  assert.deepEqual(greetings(host), ["hi", "hi", "hi"]);
  await second.stop();
});

Deno.test("restart() starts instances anew, one of a node at a time", async () => {
  const host = await hostOfGreeters();
  const life = await host.start();
  const { useCases } = life.agent;
  await deployHello(host, life, { policies: policies() });
  const before = host.machine.running();
  const restart = async (instances: string[]) => {
    const answer = await useCases.restart(helloRef, instances);
    return await follow(useCases, answer.generation);
  };
  const [, one] = await fewest(host, () => restart(["web-1"]));
  assert.equal(one?.kind, "settled");
  assert.equal(before.filter((each) => !host.machine.isRunning(each)).length, 1);
  const [least, all] = await fewest(host, () => restart([]));
  assert.equal(all?.kind, "settled");
  assert.equal(least, 2);
  assert.deepEqual(before.filter((each) => host.machine.isRunning(each)), []);
  await assert.rejects(host.clock.run(useCases.restart(helloRef, ["web-9"])), /web-9/);
  await life.stop();
});

Deno.test("deploy() keeps counts that were given, until another template is deployed", async () => {
  const host = await hostOfGreeters();
  const life = await host.start();
  const { useCases } = life.agent;
  await deployHello(host, life, { policies: policies() });
  const scale = async (count: number) => {
    const answer = await useCases.deploy({ ref: helloRef, scale: { web: count } });
    if (answer.problems.length > 0) return answer.problems[0].code;
    return (await follow(useCases, answer.generation))?.kind;
  };
  assert.equal(await host.clock.run(scale(5)), "settled");
  assert.equal(greetings(host).length, 5);
  assert.equal(await host.clock.run(scale(1)), "PLAN_SCALE");
  assert.equal(await host.clock.run(update(life, "hi")).then((end) => end?.kind), "settled");
  assert.deepEqual(greetings(host), Array(5).fill("hi"));
  await deployHello(host, life, { policies: policies() });
  assert.equal(greetings(host).length, 3);
  await life.stop();
});

Deno.test("why() says why an instance that is wanted is nowhere", async () => {
  const host = await hostOfGreeters();
  const life = await host.start();
  const { useCases } = life.agent;
  const apart = {
    name: "apart",
    types: [typed("Scattering")],
    properties: { mode: "strict" },
    targets: ["web"],
  };
  const many = { ...policies()[0], properties: { min: 1, max: 2 } };
  const { answer } = await deployHello(host, life, { policies: [many, apart] });
  assert.equal(answer.problems[0].severity, "warning");
  const one = await host.clock.run(useCases.why("web-1", "default"));
  assert.deepEqual([one.subject, one.phase, one.lines[0]], [
    "hello/web-1",
    "pending",
    "web-1 is wanted, and no host takes it",
  ]);
  assert.match(one.lines[1], /policy "apart" scatters it from "web-0"/i);
  const all = await host.clock.run(useCases.why("hello", "default"));
  assert.match(all.lines.at(-1)!, /Cannot place .*"web-1".*policy "apart"/i);
  await assert.rejects(host.clock.run(useCases.why("web-2", "default")), /no service or instance/);
  await life.stop();
});
