import assert from "node:assert/strict";
import { fail, problem } from "../base/mod.ts";
import type { UseCases } from "../agent/mod.ts";
import { fakeAgent, plan, serveInMemory } from "../../tests/support/fake_agent.ts";
import { type CliWorld, runInMemory } from "../../tests/support/fake_surroundings.ts";

/** Runs a line of words against a fake agent. */
async function run(line: string, overrides: Partial<UseCases> = {}, world: CliWorld = {}) {
  const agent = fakeAgent(overrides);
  const connection = serveInMemory(agent);
  return { agent, ...await runInMemory(line.split(" "), { connection, ...world }) };
}

async function checkUsage(line: string, expected: RegExp): Promise<void> {
  const { code, stdout, stderr, agent } = await run(line);
  assert.deepEqual([code, stdout, agent.calls], [2, "", []], line);
  assert.match(stderr, /^CLI_USAGE\n {2}what: /, line);
  assert.match(stderr, expected, line);
}

Deno.test("runCli() says what is wrong with a command line, and ends with 2", async () => {
  await checkUsage("serivce list", /Did you mean "service"\?/);
  await checkUsage("service lst", /Did you mean "list"\?/);
  await checkUsage("service list --outptu json", /did you mean "--output"\?/);
  await checkUsage("service list --foo", /no option "--foo"\n/);
  await checkUsage("service list -o jsn", /one of table, wide, json, yaml, name/);
  await checkUsage("service list -x", /no option "-x"/);
  await checkUsage("service deploy", /argument NAME is missing/);
  await checkUsage("service show a b", /too many: "b"/);
  await checkUsage("service deploy a --timeout soon", /"soon" is no duration/);
  await checkUsage("service deploy Hello", /"Hello" as the name/);
  await checkUsage("service deploy a/b/c", /"a\/b\/c" as the name/);
  await checkUsage("service deploy a/b -n c", /Cannot tell the namespace/);
  await checkUsage("service deploy a b --input c", /--input port=8080/);
});

Deno.test("runCli() prints the version without asking an agent", async () => {
  for (const line of ["version", "--version"]) {
    const { code, stdout, agent } = await run(line);
    assert.deepEqual([code, agent.calls], [0, []]);
    assert.equal(
      stdout,
      "khutulun 0.1.0\nbuild    executable, x86_64\nruntime  Deno 2.9.5\nplugins  process, tcp\n",
    );
  }
});

Deno.test("runCli() prints what it is for programs too", async () => {
  const { code, stdout } = await run("version -o json");
  const build = { build: "executable", architecture: "x86_64", runtime: "Deno 2.9.5" };
  const expected = { version: "0.1.0", ...build, plugins: ["process", "tcp"] };
  assert.deepEqual([code, JSON.parse(stdout)], [0, expected]);
  assert.equal((await run("version -o name")).stdout, "0.1.0\n");
});

Deno.test("runCli() prints rows in every form of -o", async () => {
  const table = await run("service list");
  assert.match(
    table.stdout,
    /^SERVICE +PHASE +READY +GENERATION +CHANGED +TEMPLATE\nhello +ready +1\/1 +2 +1m /,
  );
  assert.equal((await run("service list -o name")).stdout, "hello\n");
  assert.equal(JSON.parse((await run("service list -o json")).stdout)[0].generation, 2);
  assert.match((await run("service list -o yaml")).stdout, /^- ref:\n {4}namespace: default\n/);
  const wide = await run("instance list -o wide");
  assert.match(wide.stdout, /ATTRIBUTES\n.*pid=42/);
  assert.doesNotMatch((await run("instance list")).stdout, /pid=42/);
});

Deno.test("runCli() says on standard error that there is nothing to list", async () => {
  const { code, stdout, stderr } = await run("service list", {
    services: () => Promise.resolve([]),
  });
  assert.deepEqual([code, stdout, stderr], [0, "", "There are no services\n"]);
});

Deno.test("runCli() colours only on a terminal, and not with NO_COLOR", async () => {
  const coloured = (text: string) => text.includes("\x1b[");
  assert.equal(coloured((await run("service list")).stdout), false);
  assert.equal(coloured((await run("service list", {}, { isTerminal: true })).stdout), true);
  const env = { NO_COLOR: "1" };
  assert.equal(coloured((await run("service list", {}, { isTerminal: true, env })).stdout), false);
});

Deno.test("runCli() shows what a terminal would obey, and hands it on as it is elsewhere", async () => {
  const text = "\x1b]0;other title\x07\x1b[32mgood\x1b[0m\rbad";
  const agent: Partial<UseCases> = {
    services: async () => [{ ...(await fakeAgent().services())[0], template: text }],
  };
  assert.ok((await run("service list", agent)).stdout.includes(text));
  const { stdout } = await run("service list", agent, { isTerminal: true });
  assert.ok(stdout.includes("\\x1b]0;other title\\x07\x1b[32mgood\x1b[0m\\x0dbad"));
});

Deno.test("runCli() ends with the exit code of the problem's kind", async () => {
  const check = async (code: Parameters<typeof fail>[0], expected: number) => {
    const ended = await run("service show hello", {
      service: () => fail(code, { what: "It did not go", why: "So", fix: "Mend it" }),
    });
    assert.deepEqual(
      [ended.code, ended.stdout, ended.stderr],
      [expected, "", `${code}\n  what: It did not go\n  why:  So\n  fix:  Mend it\n`],
    );
  };
  await check("TOSCA_PROPERTY_MISSING", 3);
  await check("AGENT_SERVICE_UNKNOWN", 4);
  await check("STATE_CONFLICT", 5);
  await check("API_AGENT_NOT_RUNNING", 6);
  await check("AGENT_STEP_FAILED", 1);
});

const shop = {
  "shop/service.yaml": [
    "tosca_definitions_version: tosca_2_0",
    "imports:",
    "- lib/types.yaml",
    "service_template:",
    "  node_templates:",
    "    web:",
    "      type: Web",
    "      artifacts: {page: {type: File, file: files/page.html}}",
  ].join("\n"),
  "shop/lib/types.yaml": "imports: [{url: ../more.yaml}]\n",
  "shop/more.yaml": "imports: [https://example.org/far.yaml, lib/types.yaml]\n",
  "shop/files/page.html": "<p>",
  "shop/secret.txt": "x",
  "shop/lib/unused.yaml": "x: 1\n",
};

Deno.test("runCli() uploads what a template needs, and nothing else of its folder", async () => {
  for (const line of ["service deploy hello shop", "service deploy hello shop/service.yaml"]) {
    const { code, stderr, agent } = await run(line, {}, { files: shop });
    assert.equal(code, 0, stderr);
    const [, request] = agent.calls[0] as [
      string,
      { template: { upload: Record<string, object> } },
    ];
    const { files, entry } = request.template.upload;
    assert.deepEqual([entry, Object.keys(files)], [
      "service.yaml",
      ["files/page.html", "lib/types.yaml", "more.yaml", "service.yaml"],
    ]);
  }
});

Deno.test("runCli() refuses a path that holds no single template", async () => {
  const check = async (line: string, files: Record<string, string>, expected: RegExp) => {
    const { code, stderr, agent } = await run(line, {}, { files });
    assert.deepEqual([code, agent.calls], [3, []]);
    assert.match(stderr, expected);
  };
  await check("service deploy a none.yaml", {}, /no such file or folder/);
  await check("service deploy a b", { "b/x.txt": "" }, /No YAML file .* "service_template"/);
  const two = { "b/x.yaml": "service_template: {}", "b/y.yaml": "service_template: {}" };
  await check("service deploy a b", two, /b\/x\.yaml, b\/y\.yaml/);
  await check("service deploy a b/c.yaml", {
    "b/c.yaml": "imports: [../../d.yaml]",
    "../d.yaml": "",
  }, /above the working/);
});

Deno.test("runCli() shows a problem of the upload at the user's own path, with its line", async () => {
  const position = { file: "service.yaml", line: 6, column: 5, endColumn: 8 };
  const { code, stderr } = await run("service deploy hello shop", {
    deploy: () =>
      Promise.resolve({
        generation: 0,
        changed: false,
        problems: [problem("TOSCA_PROPERTY_MISSING", { what: "No port", where: { position } })],
      }),
  }, { files: shop });
  assert.equal(code, 3);
  assert.equal(
    stderr,
    [
      "cannot fetch https://example.org/far.yaml: the network is unreachable",
      "shop/service.yaml:6:5: TOSCA_PROPERTY_MISSING",
      "  6 |     web:",
      "    |     ^^^",
      "  what: No port",
      "",
    ].join("\n"),
  );
});

Deno.test("runCli() takes inputs from a file and the command line, which wins", async () => {
  const line = "service deploy hello tiny --inputs in.yaml --input b=3 -i c=d=e";
  const { agent } = await run(line, {}, { files: { "in.yaml": "a: [1]\nb: 2\n" } });
  const ref = { namespace: "default", service: "hello" };
  const inputs = { a: [1], b: "3", c: "d=e" };
  assert.deepEqual(agent.calls[0], ["deploy", { ref, inputs, template: { name: "tiny" } }]);
});

Deno.test("runCli() refuses inputs files that are no maps, at their place", async () => {
  const check = async (text: string, expected: RegExp) => {
    const line = "service deploy hello tiny --inputs in.yaml";
    const { code, stderr, agent } = await run(line, {}, { files: { "in.yaml": text } });
    assert.deepEqual([code, agent.calls], [3, []]);
    assert.match(stderr, expected);
  };
  await check("- a\n", /^in\.yaml:1:1: CLI_FILE/);
  await check("a: [\n", /^in\.yaml:\d+:\d+: YAML_SYNTAX/);
});

Deno.test("runCli() deploys, shows progress, and says what became of it", async () => {
  const ready = await run("service deploy hello tiny");
  assert.match(
    ready.stdout,
    /^"hello" is ready \(generation 2, .*\)\n {2}url: http:.*\n {2}ports: \[1,2\]\n$/,
  );
  assert.equal(ready.stderr, "[1/2] start web-0\n");
  const quiet = await run("service deploy hello tiny --no-wait");
  assert.deepEqual([quiet.stdout, quiet.stderr], ["The deploy goes on in the agent\n", ""]);
  const same = await run("service deploy hello", {
    deploy: () => Promise.resolve({ generation: 2, changed: false, problems: [] }),
  });
  assert.equal(same.stdout, `Nothing to do: "hello" is as asked (generation 2)\n`);
});

Deno.test("runCli() redraws progress on one line of a terminal and takes it away", async () => {
  const { stderr } = await run("service deploy hello tiny", {}, { isTerminal: true });
  assert.equal(stderr, "\r\x1b[K\x1b[2m[1/2] start web-0\x1b[0m\r\x1b[K");
});

Deno.test("runCli() tells why a deploy failed, and ends with 1", async () => {
  const { code, stdout, stderr } = await run("service deploy hello tiny", {
    async *follow() {
      yield { at: "", kind: "failed", item: "web-0", message: "web-0 died", done: 1, total: 2 };
    },
  });
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(stderr, /^CLI_NOT_READY\n.*web-0 died\n.*khutulun why hello\/web-0\n$/);
});

Deno.test("runCli() ends where the rest waits for a host that does not live, and says so", async () => {
  const message = "Everything is ready but what waits for a host that does not live: web-1";
  const { code, stderr } = await run("service restart hello", {
    async *follow() {
      yield { at: "", kind: "settled", message, done: 1, total: 2 };
    },
  });
  assert.deepEqual([code, stderr], [0, `${message}\n`]);
});

Deno.test("runCli() gives up waiting after --timeout, and says that the work goes on", async () => {
  const { code, stderr } = await run("service deploy hello tiny --timeout 400ms", {
    async *follow(_ref, _generation, signal) {
      yield { at: "", kind: "phase", message: "web-0 is starting", done: 0, total: 1 };
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    },
  });
  assert.equal(code, 7);
  assert.match(stderr, /CLI_TIMEOUT\n.*within 400ms\n.*Last seen: web-0 is starting\n.*goes on/);
});

Deno.test("runCli() says at Ctrl-C that the deploy goes on, how to follow and how to undo it", async () => {
  const { code, stderr } = await run("service deploy hello tiny", {
    deploy: () => Promise.resolve({ generation: 1, changed: true, problems: [] }),
    // deno-lint-ignore require-yield
    async *follow(_ref, _generation, signal) {
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    },
  }, { interrupt: (press) => setTimeout(press, 1) });
  assert.equal(code, 130);
  assert.equal(
    stderr,
    "The deploy goes on in the agent. Follow it: khutulun event list hello --watch\n" +
      "Undo it: khutulun service delete hello\n",
  );
});

Deno.test("runCli() does not advise at Ctrl-C to delete a service that was there before", async () => {
  const { stderr } = await run("service deploy hello tiny", {
    deploy: () => Promise.resolve({ generation: 3, changed: true, problems: [] }),
    // deno-lint-ignore require-yield
    async *follow(_ref, _generation, signal) {
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    },
  }, { interrupt: (press) => setTimeout(press, 1) });
  assert.match(stderr, /\nUndo it: khutulun service rollback hello\n$/);
});

Deno.test("runCli() prints each event that comes as a document of its own", async () => {
  const watch = (form: string) =>
    run(`event list --watch -o ${form}`, {}, { interrupt: (press) => setTimeout(press, 100) });
  const yaml = await watch("yaml");
  assert.match(yaml.stdout, /^---\nid: \S+\n(\w+: .+\n)+$/);
  const json = await watch("json");
  assert.match(JSON.parse(json.stdout).id, /./);
});

Deno.test("runCli() keeps a plan, and deploys by it without being told the rest again", async () => {
  const saved = { ...plan.saved, request: { ref: plan.saved.ref, template: { name: "tiny" } } };
  const made = await run("service plan hello tiny --save plan.json", {
    plan: () => Promise.resolve({ ...plan, saved }),
  });
  assert.deepEqual([made.code, [...made.written.keys()]], [0, ["plan.json"]]);
  const files = { "plan.json": made.written.get("plan.json")! };
  const deployed = await run("service deploy hello --plan plan.json", {}, { files });
  assert.deepEqual(deployed.agent.calls[0], ["deploy", {
    ref: plan.saved.ref,
    template: { name: "tiny" },
    plan: saved,
  }]);
  assert.equal((await run("service deploy other --plan plan.json", {}, { files })).code, 2);
  assert.equal((await run("service deploy hello tiny --plan plan.json", {}, { files })).code, 2);
  const broken = await run("service deploy hello --plan plan.json", {}, {
    files: { "plan.json": "{}" },
  });
  assert.deepEqual([broken.code, broken.agent.calls], [3, []]);
});

Deno.test("runCli() prints a plan as a person would type it", async () => {
  const { code, stdout, agent } = await run("service deploy hello tiny --dry-run");
  assert.deepEqual(agent.calls.map(([name]) => name), ["plan"]);
  assert.equal(code, 0);
  assert.equal(
    stdout,
    [
      `Plan for "hello", which is new`,
      "",
      "  = port-0  unchanged on alpha",
      "  + web-0   create on alpha: it is new",
      "",
      "On alpha, 2 steps:",
      "",
      "  1. Write the unit of web-0",
      "     write /units/web.service (0644)",
      "       | [Service]",
      "       | A=b",
      "",
      "  2. Start web-0, when db-0 is ready",
      "     $ A='b c' systemctl start 'web one.service'",
      "",
      "  After that: client-0: waits for the address of web-0",
      "",
    ].join("\n"),
  );
});

Deno.test("runCli() prints the logs of all instances with their names, of one without", async () => {
  assert.equal((await run("service logs hello")).stdout, "web-0 | one\nweb-0 | two\n");
  assert.equal((await run("service logs hello web-0")).stdout, "one\ntwo\n");
});

Deno.test("runCli() fails where a check of doctor has failed", async () => {
  assert.equal((await run("doctor")).code, 0);
  const failed = await run("doctor", {
    doctor: () => Promise.resolve([{ check: "state", status: "failed", message: "m", fix: "f" }]),
  });
  assert.equal(failed.code, 1);
  assert.match(failed.stdout, /state +failed +m\n\nTo mend "state": f\n/);
});

Deno.test("runCli() administers hosts", async () => {
  const asked = async (line: string) =>
    (await run(line)).agent.calls.filter(([name]) => name !== "host");
  assert.deepEqual(await asked("host label alpha zone=a rack- path=a=b"), [
    ["changeHost", "alpha", { labels: { zone: "a", rack: null, path: "a=b" } }],
  ]);
  assert.deepEqual(await asked("host cordon alpha"), [["changeHost", "alpha", { cordoned: true }]]);
  assert.deepEqual(await asked("host uncordon alpha"), [
    ["changeHost", "alpha", { cordoned: false }],
  ]);
  assert.deepEqual(await asked("host remove alpha"), [["removeHost", "alpha"]]);
  assert.deepEqual(await asked("host lost alpha --confirm"), [["loseHost", "alpha"]]);
  await checkUsage("host lost alpha", /would run twice[\s\S]*host lost alpha --confirm/);
  await checkUsage("host label alpha zone", /LABEL=VALUE/);
  const { stdout } = await run("host show alpha");
  assert.match(stdout, /^alpha is alive\n {2}address +127\.0\.0\.1\n/);
  assert.match(stdout, /labels +zone=a\n[\s\S]*INSTANCE +TYPE +PHASE[\s\S]*web-0/);
  const status = await run("cluster status");
  assert.match(
    status.stdout,
    /^Cluster test is ready: 1 of 1 hosts alive, 1 of 1 services ready\n/,
  );
});

Deno.test("runCli() explains what is called by namespace and service, or by service and instance", async () => {
  const unknown = (name: string): never =>
    fail("AGENT_INSTANCE_UNKNOWN", { what: `There is no service or instance "${name}"` });
  const asked = async (line: string, known: readonly string[]) => {
    const answer = await fakeAgent().why("hello", "default");
    const names: string[] = [];
    const { code } = await run(line, {
      why: (name, namespace) => {
        names.push(`${namespace} ${name}`);
        return known.includes(`${namespace} ${name}`) ? Promise.resolve(answer) : unknown(name);
      },
    });
    return [code, ...names];
  };
  assert.deepEqual(await asked("why shop", ["default shop"]), [0, "default shop"]);
  assert.deepEqual(await asked("why a/shop", ["a shop"]), [0, "a shop"]);
  assert.deepEqual(await asked("why shop/web-0", ["default shop/web-0"]), [
    0,
    "shop web-0",
    "default shop/web-0",
  ]);
  assert.deepEqual(await asked("why -n a shop/web-0", ["a shop/web-0"]), [0, "a shop/web-0"]);
  assert.deepEqual(await asked("why a/shop/web-0", ["a shop/web-0"]), [0, "a shop/web-0"]);
});

Deno.test("runCli() waits until a host is free, and says what is left meanwhile", async () => {
  const shown = await fakeAgent().host("alpha");
  const left = [shown.placed, shown.placed, []];
  const host = () => Promise.resolve({ ...shown, placed: left.shift() ?? [] });
  const drained = await run("host drain alpha", { host });
  assert.equal(drained.stderr, "1 left: hello/web-0\n");
  assert.equal(
    drained.stdout,
    `Host "alpha" is free\n  hello is placed anew (generation 3)\n`,
  );
  const stays = problem("PLAN_REFUSED", { what: "Cannot place it", why: "There is no other" });
  const ref = { namespace: "default", service: "hello" };
  const refused = await run("host drain alpha", {
    changeHost: () =>
      Promise.resolve({
        changed: true,
        host: shown,
        services: [{ ref, generation: 2, changed: false, problems: [stays] }],
      }),
  });
  assert.deepEqual([refused.code, refused.stdout], [1, ""]);
  assert.match(refused.stderr, /PLAN_REFUSED/);
});

Deno.test("runCli() lists what was asked, and asks it again", async () => {
  const { stdout } = await run("service history hello");
  assert.match(stdout, /^REQUEST +CURRENT +ASKED +BY +TEMPLATE +DIGEST +CHANGES\n1 /);
  assert.match(stdout, /\n2 +yes +.*0123456789ab +input greeting: "hi" → "hello"\n$/);
  assert.equal((await run("service history hello -o name")).stdout, "1\n2\n");
  const { agent, code } = await run("service rollback hello --to 1");
  assert.equal(code, 0);
  const ref = { namespace: "default", service: "hello" };
  assert.deepEqual(agent.calls[0], ["rollback", ref, { to: 1 }]);
  const shown = await run("service rollback hello --dry-run");
  assert.match(shown.stdout, /^Plan for "hello"/);
  assert.deepEqual(shown.agent.calls.map(([name]) => name), ["rollback"]);
});

Deno.test("runCli() scales, restarts and updates services", async () => {
  const ref = { namespace: "default", service: "hello" };
  const first = async (line: string, name: string) =>
    (await run(line)).agent.calls.find(([each]) => each === name);
  assert.deepEqual(await first("service scale hello web=3 db=0", "deploy"), [
    "deploy",
    { ref, scale: { web: 3, db: 0 } },
  ]);
  await checkUsage("service scale hello web", /NODE=COUNT/);
  assert.deepEqual(await first("service restart hello", "restart"), ["restart", ref, []]);
  assert.deepEqual(await first("service restart hello web-0 web-1", "restart"), [
    "restart",
    ref,
    ["web-0", "web-1"],
  ]);
  const line = "service update hello shop --input a=1 --parallel 2 --pause 5s --noRollback";
  assert.deepEqual(await first(line, "deploy"), ["deploy", {
    ref,
    template: { name: "shop" },
    inputs: { a: "1" },
    update: { parallel: 2, pauseMs: 5_000, rollback: false },
  }]);
  await checkUsage("service update hello --parallel 0", /no count above 0/);
  const { stdout } = await run("service restart hello");
  assert.match(stdout, /^"hello" is ready \(generation 3, /);
});
