import assert from "node:assert/strict";
import { FakeMachine, type Program } from "./fake_machine.ts";
import { FakeProcesses, FakeUnitWatch } from "./fake_processes.ts";
import { MemoryFiles } from "./memory_files.ts";
import { VirtualClock } from "./virtual_clock.ts";

const unitText = `[Service]
ExecStart=/usr/bin/serve "a b" 100%% $$x
Environment="GREETING=hello world" PORT=80
Restart=on-failure
RestartSec=2s

[Install]
WantedBy=multi-user.target
`;

async function withUnit(program?: Program) {
  const clock = new VirtualClock();
  const machine = new FakeMachine({ clock, ...(program && { program }) });
  const files = new MemoryFiles(machine.disk);
  const processes = new FakeProcesses(machine);
  await files.writeNew("/etc/systemd/system/web.service", unitText);
  const run = async (line: string) =>
    await processes.run({ argv: line.split(" "), timeoutMs: 1_000 });
  const show = async (property: string) =>
    (await run(`systemctl show -p ${property} web`)).stdout.trim();
  return { clock, machine, files, processes, run, show };
}

Deno.test("FakeSystemd starts what the unit file says and shows it", async () => {
  const { machine, run, show } = await withUnit();
  assert.equal(await show("ActiveState"), "ActiveState=inactive");
  assert.equal((await run("systemctl start web.service")).exit, 0);
  const [process] = machine.running();
  assert.deepEqual(process.argv, ["/usr/bin/serve", "a b", "100%", "$x"]);
  assert.deepEqual(process.env, { GREETING: "hello world", PORT: "80" });
  assert.equal(await show("MainPID"), `MainPID=${process.pid}`);
  await run("systemctl start web");
  assert.equal(machine.started.length, 1);
  await run("systemctl restart web");
  assert.equal(machine.started.length, 2);
  await run("systemctl stop web");
  assert.deepEqual(machine.running(), []);
  assert.equal(await show("ActiveState"), "ActiveState=inactive");
});

Deno.test("FakeSystemd runs the old definition until daemon-reload", async () => {
  const { machine, files, run, show } = await withUnit();
  await run("systemctl start web");
  await files.remove("/etc/systemd/system/web.service");
  await files.writeNew("/etc/systemd/system/web.service", "[Service]\nExecStart=/usr/bin/new\n");
  assert.equal(await show("NeedDaemonReload"), "NeedDaemonReload=yes");
  await run("systemctl restart web");
  assert.equal(machine.running()[0].argv[0], "/usr/bin/serve");
  await run("systemctl daemon-reload");
  assert.equal(await show("NeedDaemonReload"), "NeedDaemonReload=no");
  await run("systemctl restart web");
  assert.equal(machine.running()[0].argv[0], "/usr/bin/new");
});

Deno.test("FakeSystemd restarts by policy after its delay, and tells watchers", async () => {
  const { clock, machine, run } = await withUnit();
  const seen: (string | undefined)[] = [];
  await new FakeUnitWatch(machine).watch((unit) => seen.push(unit));
  await run("systemctl start web");
  machine.exit(machine.running()[0]);
  assert.deepEqual(machine.running(), []);
  await clock.advance(2_000);
  assert.equal(machine.running().length, 1);
  assert.deepEqual(seen, ["web", "web", "web"]);
});

Deno.test("FakeSystemd fails a unit that ends badly without a policy", async () => {
  const { clock, files, run, show } = await withUnit(() => ({ exitsAfterMs: 10, exitCode: 3 }));
  await files.remove("/etc/systemd/system/web.service");
  await files.writeNew("/etc/systemd/system/web.service", "[Service]\nExecStart=/bin/x\n");
  await run("systemctl start web");
  await clock.advance(10);
  assert.equal(await show("ActiveState"), "ActiveState=failed");
  assert.equal(await show("ExecMainStatus"), "ExecMainStatus=3");
});

Deno.test("FakeSystemd enables with links, and starts what is enabled at boot", async () => {
  const { machine, run, show } = await withUnit();
  await run("systemctl enable web");
  assert.equal(await show("UnitFileState"), "UnitFileState=enabled");
  machine.disk.syncAll();
  machine.powerLoss();
  assert.deepEqual(machine.running(), []);
  machine.boot();
  assert.deepEqual(machine.systemd!.active(), ["web.service"]);
  await run("systemctl disable --now web");
  assert.deepEqual(machine.running(), []);
  assert.deepEqual(Object.keys(machine.disk.texts("/etc")), ["/etc/systemd/system/web.service"]);
});

Deno.test("FakeSystemd links units from elsewhere, and knows no others", async () => {
  const { files, run, show } = await withUnit();
  await files.makeDirectory("/srv/units", { parents: true });
  await files.writeNew("/srv/units/far.service", "[Service]\nExecStart=/bin/far\n");
  assert.equal((await run("systemctl start far")).exit, 5);
  await run("systemctl link /srv/units/far.service");
  assert.equal((await run("systemctl start far")).exit, 0);
  assert.match((await run("systemctl show far")).stdout, /FragmentPath=\/srv\/units\/far.service/);
  assert.equal(await show("LoadState"), "LoadState=loaded");
});

Deno.test("FakeProcesses runs detached processes that outlive it, and ends them with grace", async () => {
  const clock = new VirtualClock();
  const machine = new FakeMachine({
    clock,
    systemd: "none",
    program: () => ({ endsAfterTermMs: 60_000, listens: ["tcp/9001"] }),
  });
  const identity = await new FakeProcesses(machine).spawnDetached({
    argv: ["serve"],
    env: {},
    logPath: "/log",
  });
  const processes = new FakeProcesses(machine);
  assert.equal(await processes.isRunning(identity), true);
  assert.equal(await processes.isRunning({ ...identity, startTicks: 7 }), false);
  assert.match((await processes.run({ argv: ["ss", "-Hltnp"], timeoutMs: 1 })).stdout, /:9001 /);
  await clock.run(processes.end(identity, 5_000));
  assert.equal(clock.monotonicMs(), 5_000);
  assert.equal(await processes.isRunning(identity), false);
  assert.deepEqual(machine.disk.texts("/proc"), {});
});

Deno.test("FakeProcesses does not find a command that has no model", async () => {
  const { run, processes } = await withUnit();
  assert.equal((await run("no-such-thing x")).failure, "not-found");
  assert.equal(await processes.which("no-such-thing"), undefined);
});
