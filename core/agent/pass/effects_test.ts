import assert from "node:assert/strict";
import { ProblemError } from "../../base/mod.ts";
import type { Effect } from "../../plan/mod.ts";
import { FakeMachine, FakeProcesses, Faults, MemoryFiles, VirtualClock } from "../../sim/mod.ts";
import { stepDoing } from "../../../tests/support/plain_step.ts";
import { sha256 } from "../packages/digest.ts";
import { type EffectPorts, readPidFile, runStep } from "./effects.ts";

function host(faults = new Faults()) {
  const clock = new VirtualClock();
  const machine = new FakeMachine({ clock, systemd: "none" });
  const files = new MemoryFiles(machine.disk, faults);
  const processes = new FakeProcesses(machine, faults, {
    fails: () => ({ exit: 3, stderr: "first\nlast words\n" }),
    getent: (argv) => argv[2] === "web" ? { stdout: "web:x:1001:1002::/:/bin/sh\n" } : { exit: 2 },
  });
  const ports: EffectPorts = {
    files,
    processes,
    host: "h1",
    readArtifact: (source) => files.readBytes(source.path),
  };
  const run = (effect: Effect) => clock.run(runStep(stepDoing(effect), ports));
  return { clock, machine, files, processes, run };
}

async function problemOf(work: Promise<unknown>) {
  const error = await work.then(() => undefined, (error) => error);
  assert(error instanceof ProblemError, `a problem, not ${error}`);
  return error.problem;
}

Deno.test("runStep() writes a file with its mode and owner, over what was there", async () => {
  const { files, run } = host();
  for (const text of ["one", "two"]) {
    await run({ write: { path: "/a/b/x", mode: "0640", owner: "web", text } });
  }
  assert.equal(await files.readText("/a/b/x"), "two");
  const info = await files.stat("/a/b/x");
  assert.deepEqual([info?.mode, info?.uid, info?.gid], [0o640, 1001, 1002]);
  assert.deepEqual(await files.list("/a/b"), ["x"]);
});

Deno.test("runStep() refuses an owner that the host does not know", async () => {
  const { files, run } = host();
  const found = await problemOf(
    run({ write: { path: "/x", mode: "0644", owner: "nobody-knows", text: "" } }),
  );
  assert.equal(found.code, "AGENT_STEP_FAILED");
  assert.match(found.why!, /"nobody-knows" is unknown/);
  assert.equal(await files.stat("/x"), undefined);
});

Deno.test("runStep() refuses an artifact whose digest is another", async () => {
  const { files, run } = host();
  await files.writeNew("/script", "echo");
  const right = { path: "/script", digest: sha256("echo") };
  await run({ write: { path: "/copy", mode: "0755", artifact: right } });
  assert.equal(await files.readText("/copy"), "echo");
  const wrong = { path: "/script", digest: sha256("other") };
  const found = await problemOf(
    run({ write: { path: "/copy2", mode: "0755", artifact: wrong } }),
  );
  assert.equal(found.code, "AGENT_ARTIFACT_CHANGED");
  assert.equal(await files.stat("/copy2"), undefined);
});

Deno.test("runStep() names host, item, command and its last words when a command fails", async () => {
  const { run } = host();
  const found = await problemOf(run({ exec: { argv: ["fails", "now"] } }));
  assert.deepEqual(found.where, { host: "h1", subject: "web-0" });
  assert.equal(found.why, `"fails now" ended with exit code 3: first\nlast words`);
  await run({ exec: { argv: ["fails"], okExit: [0, 3] } });
});

Deno.test("runStep() says which command is not on the host", async () => {
  const { run } = host();
  const found = await problemOf(run({ exec: { argv: ["podman", "run"] } }));
  assert.equal(found.code, "AGENT_COMMAND_MISSING");
  assert.match(found.why!, /"podman" is not on the host/);
});

Deno.test("runStep() removes a file, a tree, and nothing where nothing is", async () => {
  const { files, run } = host();
  await files.makeDirectory("/d/e", { parents: true });
  await files.writeNew("/d/e/x", "");
  await run({ remove: { path: "/d", recursive: true } });
  assert.equal(await files.stat("/d"), undefined);
  await run({ remove: { path: "/d", recursive: true } });
});

const spawnWeb = (revision: string): Effect => ({
  spawn: { argv: ["web"], env: {}, logPath: "/log/web", pidPath: "/run/web.pid", revision },
});

Deno.test("runStep() starts a process once, however often it is asked for the same revision", async () => {
  const { machine, files, run } = host();
  await run(spawnWeb("r1"));
  await run(spawnWeb("r1"));
  assert.equal(machine.started.length, 1);
  assert.equal((await readPidFile(files, "/run/web.pid"))?.note, "r1");
});

Deno.test("runStep() replaces a process of another revision", async () => {
  const { machine, run } = host();
  await run(spawnWeb("r1"));
  await run(spawnWeb("r2"));
  assert.equal(machine.started.length, 2);
  assert.deepEqual(machine.running().map(({ pid }) => pid), [machine.started[1].pid]);
});

Deno.test("runStep() ends a process and its pid file, and nothing where nothing runs", async () => {
  const { machine, files, run } = host();
  await run(spawnWeb("r1"));
  await run({ end: { pidPath: "/run/web.pid", graceMs: 100 } });
  assert.equal(machine.running().length, 0);
  assert.equal(await files.stat("/run/web.pid"), undefined);
  await run({ end: { pidPath: "/run/web.pid", graceMs: 100 } });
});

for (const code of ["ENOSPC", "EROFS", "EACCES", "EIO"] as const) {
  Deno.test(`runStep() keeps the old file and says what to do on ${code}`, async () => {
    const faults = new Faults();
    const { files, run } = host(faults);
    await run({ write: { path: "/x", mode: "0644", text: "old" } });
    const lift = faults.add({ operations: ["writeNew"], fault: { fail: code } });
    const found = await problemOf(run({ write: { path: "/x", mode: "0644", text: "new" } }));
    lift();
    assert.equal(found.code, "AGENT_STEP_FAILED");
    assert.match(found.why!, new RegExp(code));
    assert(found.fix);
    assert.equal(await files.readText("/x"), "old");
  });
}
