import assert from "node:assert/strict";
import { ProblemError } from "../base/mod.ts";
import {
  deleteHello,
  deployHello,
  helloRef,
  helloRequest,
  traces,
} from "../../tests/support/simulated_service.ts";
import { SimulatedHost } from "../../tests/support/simulated_host.ts";

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(() => undefined, (error) => error);
  return error instanceof ProblemError ? error.problem.code : String(error);
}

Deno.test("createAgent() runs a service from deploy to delete, and leaves nothing", async () => {
  const host = await SimulatedHost.seeded();
  const life = await host.start();
  const before = traces(host);
  const { answer, end } = await deployHello(host, life);
  assert.equal(end?.kind, "settled", JSON.stringify(end));
  assert.equal(answer.changed, true);
  const [{ claims }] = await host.clock.run(life.agent.useCases.hosts());
  const port = claims[0].claim.slice("tcp/".length);
  assert.deepEqual(host.machine.running().map(({ argv, env }) => [argv, env]), [
    [["web", "/own/data/khutulun.hello.web-0/serve.sh"], {
      PORT: port,
      SITE: "/own/data/khutulun.hello.site-0",
      GREETING: "hello",
    }],
    [["client"], { SERVER: port }],
  ]);
  const views = await host.clock.run(life.agent.useCases.instances({}));
  assert.deepEqual(views.map(({ id, phase, claims }) => [id, phase, claims]), [
    ["client-0", "ready", []],
    ["http-0", "ready", [`tcp/${port}`]],
    ["site-0", "ready", []],
    ["web-0", "ready", []],
  ]);
  assert.deepEqual(await host.clock.run(life.agent.useCases.outputs(helloRef)), { url: port });

  const gone = await deleteHello(host, life);
  assert.equal(gone.end?.kind, "settled", JSON.stringify(gone.end));
  assert.deepEqual(host.machine.running(), []);
  assert.deepEqual((await host.clock.run(life.agent.useCases.hosts()))[0].claims, []);
  await life.stop();
  assert.deepEqual(traces(host), before);
});

Deno.test("createAgent() keeps the name of a host whose machine was renamed, and says so", async () => {
  const host = await SimulatedHost.seeded();
  const first = await host.start();
  await deployHello(host, first);
  await first.stop();
  Object.assign(host.options, { hostName: "gamma" });
  const life = await host.start();
  const { useCases } = life.agent;
  const [{ id, name }] = await host.clock.run(useCases.hosts());
  assert.deepEqual([id, name], ["alpha", "alpha"]);
  const instances = await host.clock.run(useCases.instances({}));
  assert.deepEqual([...new Set(instances.map((each) => each.host))], ["alpha"]);
  const findings = await host.clock.run(useCases.doctor());
  const [found] = findings.filter(({ message }) => message.includes("gamma"));
  assert.equal(found.status, "warning");
  assert.match(found.message, /^This machine is called "gamma" now, and is host "alpha" of its/);
  assert.match(
    found.fix!,
    /^Nothing is to be done\. To have it called "gamma": khutulun host drain alpha/,
  );
  assert.ok(
    life.logger.lines.some(({ level, message }) => level === "warning" && /gamma/.test(message)),
  );
  assert.equal((await deleteHello(host, life)).end?.kind, "settled");
  await life.stop();
});

Deno.test("deploy() has nothing to do the second time, and writes nothing", async () => {
  const host = await SimulatedHost.seeded();
  const life = await host.start();
  const first = await deployHello(host, life);
  const before = host.machine.disk.texts();
  const second = await host.clock.run(life.agent.useCases.deploy(helloRequest()));
  assert.deepEqual([second.changed, second.generation], [false, first.answer.generation]);
  assert.deepEqual(second.plan?.hosts.flatMap(({ steps }) => steps), []);
  const after = host.machine.disk.texts();
  const changed = Object.keys(after).filter((path) => after[path] !== before[path]);
  assert.deepEqual(changed.filter((path) => !path.endsWith("/heartbeat")), []);
  await life.stop();
});

Deno.test("deploy() touches one instance when one property changes", async () => {
  const host = await SimulatedHost.seeded();
  const life = await host.start();
  await deployHello(host, life);
  const [web, client] = host.machine.running();
  const { answer, end } = await deployHello(host, life, { greeting: "good evening" });
  assert.equal(end?.kind, "settled");
  const items = answer.plan!.hosts.flatMap(({ steps }) => steps.map(({ item }) => item));
  assert.deepEqual([...new Set(items)], ["web-0"]);
  const changes = answer.plan!.service.changes.filter(({ change }) => change !== "unchanged");
  assert.deepEqual(changes.map(({ id, change }) => [id, change]), [["web-0", "update"]]);
  assert.equal(host.machine.isRunning(web), false);
  assert.equal(host.machine.isRunning(client), true);
  await life.stop();
});

Deno.test("deploy() starts a client only when the server's health check has passed", async () => {
  const host = await SimulatedHost.seeded({
    program: (argv, env) =>
      argv[0] === "web" && env.GREETING !== "none" ? { listens: [`tcp/${env.PORT}`] } : {},
  });
  const life = await host.start();
  const policies = [{
    name: "answers",
    types: ["org.khutulun:1.0::HealthCheck"],
    properties: { port: "http" },
    targets: ["web"],
  }];
  const { end } = await deployHello(host, life, { greeting: "none", policies });
  assert.equal(end?.kind, "failed");
  assert.match(end!.problem!.why!, /health check says: \S+:\d+: connection refused/);
  assert.deepEqual(host.machine.started.map(({ argv }) => argv[0]), ["web"]);

  const right = await deployHello(host, life, { policies });
  assert.equal(right.end?.kind, "settled", JSON.stringify(right.end));
  assert.deepEqual(host.machine.running().map(({ argv }) => argv[0]), ["web", "client"]);
  await life.stop();
});

Deno.test("why() tells during a deploy which check is awaited, and since when", async () => {
  const host = await SimulatedHost.seeded();
  const life = await host.start();
  const policies = [{
    name: "answers",
    types: ["org.khutulun:1.0::HealthCheck"],
    properties: { port: "http" },
    targets: ["web"],
  }];
  const { useCases } = life.agent;
  const request = helloRequest({ policies });
  await host.clock.run(useCases.deploy(request));
  await host.clock.advance(10_000);
  const { phase, lines } = await host.clock.run(useCases.why("hello/client-0", "default"));
  assert.equal(phase, "pending");
  const since = /^web-0 is starting since (\S+): its health check says: \S+:\d+: connection/;
  const found = lines.map((line) => since.exec(line)?.[1]).find(Boolean);
  assert.ok(found, lines.join("\n"));
  const waitedMs = host.clock.nowMs() - Date.parse(found);
  assert.ok(waitedMs > 8_000 && waitedMs <= 10_000, `since ${waitedMs} ms`);
  await life.stop();
});

Deno.test("deploy() shows the last words of a process that ends at once", async () => {
  const host = await SimulatedHost.seeded({
    program: (argv) =>
      argv[0] === "web"
        ? { exitsAfterMs: 50, exitCode: 1, output: "starting\nno such module: web\n" }
        : {},
  });
  const life = await host.start();
  const { end } = await deployHello(host, life);
  assert.equal(end?.kind, "failed");
  assert.equal(end?.problem?.code, "AGENT_PROCESS_DIED");
  assert.match(end!.problem!.why!, /starting\n +no such module: web/);
  const why = await host.clock.run(life.agent.useCases.why("client", "default"));
  assert.match(why.lines.join("\n"), /client-0 is pending.*\n.*web-0 is failed.*no such module/s);
  assert(why.fix);
  await life.stop();
});

Deno.test("run() starts a process again that was killed, later and later, and says so", async () => {
  const host = await SimulatedHost.seeded();
  const life = await host.start();
  await deployHello(host, life);
  const [web] = host.machine.running();
  host.machine.exit(web);
  await host.clock.advance(900);
  assert.equal(host.machine.running().length, 1, "it waits a second first");
  await host.clock.advance(3_000);
  assert.deepEqual(host.machine.running().map(({ argv }) => argv[0]).sort(), ["client", "web"]);
  const events = await host.clock.run(life.agent.useCases.events({ item: "web-0" }));
  assert.deepEqual(events.map(({ type }) => type), ["ready", "failed", "restarted", "ready"]);
  await life.stop();
});

Deno.test("run() touches nothing when the agent comes back", async () => {
  const host = await SimulatedHost.seeded();
  const first = await host.start();
  await deployHello(host, first);
  first.faults.stop(); // as kill -9
  const started = [...host.machine.started];
  const texts = traces(host).map((path) => [path, host.files()[path]]);
  const second = await host.start();
  await host.clock.advance(120_000);
  assert.deepEqual(host.machine.started, started);
  assert.deepEqual(host.machine.running(), started);
  assert.deepEqual(traces(host).map((path) => [path, host.files()[path]]), texts);
  await second.stop();
});

Deno.test("run() does next to nothing while nothing happens", async () => {
  const host = await SimulatedHost.seeded();
  const life = await host.start();
  await deployHello(host, life);
  await host.clock.advance(10_000);
  const before = life.processes.commandLines.length;
  await host.clock.advance(300_000);
  const commands = life.processes.commandLines.slice(before);
  assert(commands.length <= 10, `${commands.length} commands in five minutes: ${commands}`);
  await life.stop();
});

Deno.test("createAgent() refuses to be the second one of a host", async () => {
  const host = await SimulatedHost.seeded();
  const life = await host.start();
  assert.equal(await codeOf(host.start()), "AGENT_ALREADY_RUNNING");
  await life.stop();
  await (await host.start()).stop();
});

Deno.test("deploy() refuses a saved plan that no longer holds, and carries out one that does", async () => {
  const host = await SimulatedHost.seeded();
  const life = await host.start();
  const { useCases } = life.agent;
  const plan = await host.clock.run(useCases.plan(helloRequest()));
  const other = await host.clock.run(useCases.plan(helloRequest({ greeting: "hi" })));
  const answer = await host.clock.run(useCases.deploy({ ref: helloRef, plan: plan.saved }));
  assert.equal(answer.changed, true);
  assert.deepEqual(answer.plan?.hosts, plan.hosts);
  const late = host.clock.run(useCases.deploy({ ref: helloRef, plan: other.saved }));
  assert.equal(await codeOf(late), "AGENT_STALE_PLAN");
  await life.stop();
});

Deno.test("deploy() takes away what a new template leaves out, and nothing else", async () => {
  const host = await SimulatedHost.seeded();
  const life = await host.start();
  await deployHello(host, life, { isAlone: true });
  const alone = traces(host).filter((path) => !path.startsWith("/state/"));
  await deployHello(host, life);
  const [web, client] = host.machine.running();
  const { end } = await deployHello(host, life, { isAlone: true });
  assert.equal(end?.kind, "settled", JSON.stringify(end));
  assert.deepEqual(host.machine.running(), [web]);
  assert.equal(host.machine.isRunning(client), false);
  assert.deepEqual(traces(host).filter((path) => !path.startsWith("/state/")), alone);
  const views = await host.clock.run(life.agent.useCases.instances({}));
  assert.deepEqual(views.map(({ id }) => id), ["http-0", "site-0", "web-0"]);
  await life.stop();
});

Deno.test("deploy() of a newer generation does not wait for one that is stuck", async () => {
  const host = await SimulatedHost.seeded({
    program: (argv, env) =>
      argv[0] === "web" && env.GREETING !== "none" ? { listens: [`tcp/${env.PORT}`] } : {},
  });
  const life = await host.start();
  const policies = [{
    name: "answers",
    types: ["org.khutulun:1.0::HealthCheck"],
    properties: { port: "http" },
    targets: ["web"],
  }];
  const { useCases } = life.agent;
  await host.clock.run(useCases.deploy(helloRequest({ greeting: "none", policies })));
  await host.clock.advance(5_000);
  const beginMs = host.clock.monotonicMs();
  const { end } = await deployHello(host, life, { policies });
  assert.equal(end?.kind, "settled");
  assert(host.clock.monotonicMs() - beginMs < 5_000, "it does not wait for the health check");
  await life.stop();
});

Deno.test("deploy() runs as many instances as are wanted, each with a port of its own", async () => {
  const host = await SimulatedHost.seeded();
  const life = await host.start();
  const redundancy = (count: number) => [{
    name: "many",
    types: ["org.khutulun:1.0::Redundancy"],
    properties: { min: count, max: count },
    targets: ["web"],
  }];
  const ports = () =>
    host.machine.running().filter(({ argv }) => argv[0] === "web").map(({ env }) => env.PORT);
  const { end } = await deployHello(host, life, { policies: redundancy(3) });
  assert.equal(end?.kind, "settled", JSON.stringify(end));
  assert.equal(new Set(ports()).size, 3);
  const kept = ports()[0];
  await deployHello(host, life, { policies: redundancy(1) });
  assert.deepEqual(ports(), [kept]);
  await deleteHello(host, life);
  assert.deepEqual(host.machine.running(), []);
  await life.stop();
});

Deno.test("deploy() and delete() at the same time end with one of them whole", async () => {
  const host = await SimulatedHost.seeded();
  const life = await host.start();
  await deployHello(host, life);
  const { useCases } = life.agent;
  const both = Promise.allSettled([
    useCases.deploy(helloRequest({ greeting: "one" })),
    useCases.deploy(helloRequest({ greeting: "two" })),
    useCases.delete(helloRef, {}),
  ]);
  const results = await host.clock.run(both);
  assert.deepEqual(results.map(({ status }) => status), ["fulfilled", "fulfilled", "fulfilled"]);
  await host.clock.advance(60_000);
  const services = await host.clock.run(useCases.services());
  const running = host.machine.running().map(({ argv }) => argv[0]).sort();
  assert.deepEqual(running, services.length === 0 ? [] : ["client", "web"]);
  await life.stop();
});

Deno.test("deploy() says which problem there is, and changes nothing", async () => {
  const host = await SimulatedHost.seeded();
  const life = await host.start();
  const before = host.files();
  const { useCases } = life.agent;
  const codes: string[] = [];
  const deploy = (request: Parameters<typeof useCases.deploy>[0]) =>
    codeOf(host.clock.run(useCases.deploy(request)));
  codes.push(await deploy({ ref: helloRef }));
  codes.push(await deploy({ ref: helloRef, template: { name: "nothing" } }));
  codes.push(await deploy({ ...helloRequest(), ref: { namespace: "default", service: "A b" } }));
  codes.push(await deploy({ ref: helloRef, template: { upload: { files: {} } } }));
  assert.deepEqual(codes, [
    "AGENT_TEMPLATE_MISSING",
    "AGENT_PACKAGE_UNKNOWN",
    "AGENT_NAME_INVALID",
    "AGENT_UPLOAD_INVALID",
  ]);
  const after = host.files();
  const changed = Object.keys({ ...before, ...after }).filter((path) =>
    before[path] !== after[path] && !path.startsWith("/state/hosts/")
  );
  assert.deepEqual(changed, []);
  await life.stop();
});

Deno.test("delete() of a service that is not there says so", async () => {
  const host = await SimulatedHost.seeded();
  const life = await host.start();
  const work = host.clock.run(life.agent.useCases.delete(helloRef, {}));
  assert.equal(await codeOf(work), "AGENT_SERVICE_UNKNOWN");
  await life.stop();
});
