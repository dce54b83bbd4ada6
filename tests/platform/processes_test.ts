import assert from "node:assert/strict";
import { ProblemError } from "../../core/base/mod.ts";
import { LocalLocks, systemClock, SystemProcesses } from "../../core/platform/mod.ts";
import type { ProcessIdentity } from "../../core/ports/mod.ts";

const processes = new SystemProcesses(systemClock);
const awkward = [
  "a b",
  "\"quoted\" 'twice'",
  "100%",
  "$HOME ${X} `id`",
  "two\nlines",
  "grüße 漢字",
  "",
  "\\",
  "a=b",
];

async function withDirectory(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await work(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let left = 1_000; left > 0; left--) {
    if (await isSo()) return;
    await systemClock.sleep(10);
  }
  assert.fail(`never: ${what}`);
}

function lines(path: string): string[] {
  try {
    return Deno.readTextFileSync(path).split("\n").filter(Boolean);
  } catch {
    return [];
  }
}

function environmentOf(text: string): Record<string, string> {
  const pairs = text.split("\0").filter(Boolean);
  return Object.fromEntries(pairs.map((pair) => {
    const at = pair.indexOf("=");
    return [pair.slice(0, at), pair.slice(at + 1)];
  }));
}

Deno.test("run() hands every argument over as it is", async () => {
  const { exit, stdout } = await processes.run({
    argv: ["printf", "%s\\0", ...awkward],
    timeoutMs: 30_000,
  });
  assert.equal(exit, 0);
  assert.deepEqual(stdout.split("\0").slice(0, -1), awkward);
});

Deno.test("run() gives a command the environment that it was given, PATH and LANG, and nothing else", async () => {
  const env = Object.fromEntries(awkward.map((value, index) => [`V${index}`, value]));
  const { stdout } = await processes.run({ argv: ["env", "-0"], env, timeoutMs: 30_000 });
  const { PATH, LANG, ...rest } = environmentOf(stdout);
  assert.ok(PATH && LANG);
  assert.deepEqual(rest, env);
});

Deno.test("run() feeds standard input, tells exit codes and keeps the streams apart", async () => {
  const { exit, stdout, stderr } = await processes.run({
    argv: ["sh", "-c", "cat; echo wrong >&2; exit 3"],
    stdin: "in\n",
    timeoutMs: 30_000,
  });
  assert.deepEqual({ exit, stdout, stderr }, { exit: 3, stdout: "in\n", stderr: "wrong\n" });
});

Deno.test("run() keeps the first bytes of a command that says too much, and lets it end", async () => {
  const { exit, stdout, truncated } = await processes.run({
    argv: ["sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x; echo end >&2"],
    outputBytesMax: 1_000,
    timeoutMs: 30_000,
  });
  assert.deepEqual({ exit, length: stdout.length, truncated }, {
    exit: 0,
    length: 1_000,
    truncated: true,
  });
});

Deno.test("run() says why a command could not be started", async () => {
  const run = async (argv: string[], cwd?: string) =>
    (await processes.run({ argv, cwd, timeoutMs: 30_000 })).failure;
  assert.equal(await run(["khutulun-has-no-such-command"]), "not-found");
  assert.equal(await run(["/proc/version"]), "not-executable");
  assert.equal(await run(["true"], "/nowhere/at/all"), "not-found");
  assert.equal(await run([]), "not-found");
});

Deno.test("run() ends the whole group at its deadline, TERM or no TERM", () =>
  withDirectory(async (directory) => {
    const { failure, exit } = await processes.run({
      argv: [
        "sh",
        "-c",
        `sleep 600 & echo $! > ${directory}/child; trap '' TERM; sleep 601; sleep 602`,
      ],
      timeoutMs: 300,
    });
    assert.deepEqual({ failure, exit }, { failure: "timeout", exit: undefined });
    const child = Number(lines(`${directory}/child`)[0]);
    await until("its child is gone", () => !isThere(child));
  }));

Deno.test("run() ends a command when its caller does not want it any more", async () => {
  const aborter = new AbortController();
  setTimeout(() => aborter.abort(), 100);
  const command = { argv: ["sleep", "600"], timeoutMs: 600_000 };
  assert.equal((await processes.run(command, aborter.signal)).failure, "aborted");
  assert.equal((await processes.run(command, aborter.signal)).failure, "aborted");
});

Deno.test("run() does not wait for what a command leaves in the background", () =>
  withDirectory(async (directory) => {
    const { exit, stdout } = await processes.run({
      argv: ["sh", "-c", `sleep 600 & echo $! > ${directory}/child; echo done`],
      timeoutMs: 60_000,
    });
    assert.deepEqual({ exit, stdout }, { exit: 0, stdout: "done\n" });
    Deno.kill(Number(lines(`${directory}/child`)[0]), "SIGKILL");
  }));

for (const isRecorded of [false, true]) {
  const how = isRecorded ? "with a record" : "without a record";

  Deno.test(`spawnDetached() ${how} hands every argument over as it is`, () =>
    withDirectory(async (directory) => {
      await processes.spawnDetached({
        argv: ["printf", "%s\\0", ...awkward],
        env: {},
        logPath: `${directory}/log`,
        record: isRecorded ? { path: `${directory}/pid`, note: "" } : undefined,
      });
      const printed = () => Deno.readTextFileSync(`${directory}/log`).split("\0").slice(0, -1);
      await until("it has printed", () => printed().length > 0);
      assert.deepEqual(printed(), awkward);
    }));

  Deno.test(`spawnDetached() ${how} hands the environment over, and what shells spoil too`, () =>
    withDirectory(async (directory) => {
      const names = ["PWD", "SHLVL", "_", "IFS", "a.b-c", "path", "khutulun_log", "HOME", "V8"];
      const env = Object.fromEntries(awkward.map((value, index) => [names[index], value]));
      const identity = await processes.spawnDetached({
        argv: ["sleep", "600"],
        env,
        logPath: `${directory}/log`,
        record: isRecorded ? { path: `${directory}/pid`, note: "r 1" } : undefined,
      });
      try {
        const proc = `/proc/${identity.pid}`;
        await until("it is sleep", () => lines(`${proc}/comm`)[0] === "sleep");
        const read = environmentOf(Deno.readTextFileSync(`${proc}/environ`));
        const { PATH, LANG, KHUTULUN_BOOT, ...rest } = read;
        assert.ok(PATH && LANG && KHUTULUN_BOOT);
        assert.deepEqual(rest, env);
        const recorded = isRecorded ? [`${identity.pid} ${identity.startTicks} r 1`] : [];
        assert.deepEqual(lines(`${directory}/pid`), recorded);
      } finally {
        await processes.end(identity, 2_000);
      }
    }));
}

Deno.test("spawnDetached() adds to the record how a process ended, at once or later", () =>
  withDirectory(async (directory) => {
    const start = (name: string, script: string) =>
      processes.spawnDetached({
        argv: ["sh", "-c", script],
        env: {},
        logPath: `${directory}/log`,
        record: { path: `${directory}/${name}`, note: "r1" },
      });
    const ends = (name: string, how: string) =>
      until(how, () => lines(`${directory}/${name}`)[1] === how);
    await start("bad", "exit 3");
    await ends("bad", "exit 3");
    const { pid } = await start("killed", "exec sleep 600");
    Deno.kill(pid, "SIGKILL");
    await ends("killed", "signal SIGKILL");
    assert.match(lines(`${directory}/killed`)[0], new RegExp(`^${pid} \\d+ r1$`));
  }));

Deno.test("spawnDetached() hands down no open files of ours but the three", () =>
  withDirectory(async (directory) => {
    const lock = await new LocalLocks().tryLock(`${directory}/lock`);
    const identity = await processes.spawnDetached({
      argv: ["sleep", "600"],
      env: {},
      logPath: `${directory}/log`,
    });
    try {
      await until("it is sleep", () => lines(`/proc/${identity.pid}/comm`)[0] === "sleep");
      const opened = [...Deno.readDirSync(`/proc/${identity.pid}/fd`)]
        .map(({ name }) => [name, Deno.readLinkSync(`/proc/${identity.pid}/fd/${name}`)]);
      const ours = opened.filter(([name, path]) => Number(name) < 3 || path.includes(directory));
      const log = `${Deno.realPathSync(directory)}/log`;
      assert.deepEqual(ours.sort(), [["0", "/dev/null"], ["1", log], ["2", log]]);
    } finally {
      await processes.end(identity, 2_000);
      await lock?.release();
    }
  }));

Deno.test("spawnDetached() runs a command whose path has an equals sign", () =>
  withDirectory(async (directory) => {
    await Deno.writeTextFile(`${directory}/a=b`, "#!/bin/sh\necho it ran\n", { mode: 0o755 });
    await processes.spawnDetached({
      argv: [`${directory}/a=b`],
      env: {},
      logPath: `${directory}/log`,
      record: { path: `${directory}/pid`, note: "" },
    });
    await until("it ran", () => lines(`${directory}/log`)[0] === "it ran");
  }));

Deno.test("spawnDetached() refuses what cannot be started, and starts nothing", () =>
  withDirectory(async (directory) => {
    const start = async (argv: string[], cwd?: string) => {
      try {
        await processes.spawnDetached({ argv, cwd, env: {}, logPath: `${directory}/log` });
        return "started";
      } catch (error) {
        return error instanceof ProblemError ? error.problem.code : String(error);
      }
    };
    assert.equal(await start(["khutulun-has-no-such-command"]), "PLATFORM_COMMAND_MISSING");
    assert.equal(await start(["/proc/version"]), "PLATFORM_COMMAND_NOT_EXECUTABLE");
    assert.equal(await start(["true"], "/nowhere/at/all"), "PLATFORM_DIRECTORY_MISSING");
    await assert.rejects(
      processes.spawnDetached({
        argv: ["sleep", "600"],
        env: {},
        logPath: `${directory}/log`,
        record: { path: `${directory}/none/pid`, note: "" },
      }),
      (error: ProblemError) => error.problem.code === "PLATFORM_PROCESS_NOT_STARTED",
    );
  }));

Deno.test("spawnDetached() starts a process that survives the kill of its parent, in its own session", () =>
  withDirectory(async (directory) => {
    const module = new URL("../../core/platform/mod.ts", import.meta.url).href;
    const code = `
      const { SystemProcesses, systemClock } = await import(${JSON.stringify(module)});
      const identity = await new SystemProcesses(systemClock).spawnDetached({
        argv: ["sh", "-c", "echo started; exec sleep 600"], env: {}, logPath: "${directory}/log",
      });
      Deno.writeTextFileSync("${directory}/identity", JSON.stringify(identity) + "\\n");
      setInterval(() => {}, 1000);`;
    const parent = new Deno.Command(Deno.execPath(), { args: ["eval", code], stdout: "null" })
      .spawn();
    await until("it is known", () => lines(`${directory}/identity`).length === 1);
    const identity: ProcessIdentity = JSON.parse(lines(`${directory}/identity`)[0]);
    Deno.kill(parent.pid, "SIGKILL");
    await parent.status;
    assert.equal(await processes.isRunning(identity), true);
    assert.deepEqual(lines(`${directory}/log`), ["started"]);
    await processes.end(identity, 2_000);
    assert.equal(await processes.isRunning(identity), false);
  }));

Deno.test("isRunning() knows an ended process, and a pid that another has now", () =>
  withDirectory(async (directory) => {
    const identity = await processes.spawnDetached({
      argv: ["sleep", "600"],
      env: {},
      logPath: `${directory}/log`,
    });
    assert.equal(await processes.isRunning(identity), true);
    const another = { ...identity, startTicks: identity.startTicks - 1 };
    assert.equal(await processes.isRunning(another), false);
    await processes.end(another, 1_000);
    assert.equal(await processes.isRunning(identity), true, "the wrong one was not ended");
    Deno.kill(identity.pid, "SIGKILL");
    await until("it is gone", async () => !(await processes.isRunning(identity)));
    await processes.end(identity, 1_000);
  }));

Deno.test("end() ends the whole session, also what ignores TERM and what its leader left behind", () =>
  withDirectory(async (directory) => {
    const identity = await processes.spawnDetached({
      argv: [
        "sh",
        "-c",
        "sh -c 'trap \"\" TERM; echo $$; while :; do sleep 1; done' & sleep 0.2; echo leader",
      ],
      env: {},
      logPath: `${directory}/log`,
    });
    await until("the leader ended", async () => !(await processes.isRunning(identity)));
    const [stubborn, leader] = lines(`${directory}/log`);
    assert.equal(leader, "leader");
    assert.equal(isThere(Number(stubborn)), true);
    await processes.end(identity, 100);
    assert.equal(isThere(Number(stubborn)), false);
  }));

Deno.test("end() leaves a session of the same number alone that we did not start", async () => {
  // A daemon's way: the leader of the session ends, its child lives on. After a reboot its number may be an old one of ours.
  const daemon = new Deno.Command("setsid", {
    args: ["sh", "-c", "sleep 600 & echo $$ $!"],
    stdout: "piped",
    stderr: "null",
  });
  const child = daemon.spawn();
  const reader = child.stdout.getReader();
  const [session, sleeper] = new TextDecoder().decode((await reader.read()).value).trim().split(" ")
    .map(Number);
  await reader.cancel();
  await child.status;
  try {
    await until("the leader is gone", () => !isThere(session));
    await processes.end({ pid: session, startTicks: 0 }, 100);
    assert.equal(isThere(sleeper), true);
  } finally {
    Deno.kill(sleeper, "SIGKILL");
  }
});

Deno.test("attach() speaks with a process both ways, and can end it", async () => {
  const echo = processes.attach({ argv: ["cat"] });
  const writer = echo.stdin.getWriter();
  await writer.write(new TextEncoder().encode("hello"));
  await writer.close();
  assert.equal(await new Response(echo.stdout).text(), "hello");
  await echo.stderr.cancel();
  assert.equal(await echo.exit, 0);
  const endless = processes.attach({ argv: ["sleep", "600"] });
  endless.kill("SIGTERM");
  await Promise.all([endless.stdout.cancel(), endless.stderr.cancel(), endless.stdin.close()]);
  assert.equal(await endless.exit, 143);
});

Deno.test("which() finds a command in PATH, and nothing where there is none", async () => {
  assert.match(await processes.which("sh") ?? "", /\/sh$/);
  assert.equal(await processes.which("khutulun-has-no-such-command"), undefined);
});

function isThere(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}

Deno.test("run() of a command without a working directory is not where we were started", async () => {
  const { stdout } = await processes.run({ argv: ["pwd"], timeoutMs: 30_000 });
  assert.equal(stdout, "/\n");
});
