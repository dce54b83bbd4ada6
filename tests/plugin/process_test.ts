import assert from "node:assert/strict";
import fc from "fast-check";
import { sha256 } from "../../core/agent/packages/digest.ts";
import type { Item } from "../../core/plugin/mod.ts";
import { PluginHost, type PluginHostOptions } from "../support/plugin_host.ts";
import { item } from "../support/plugin_requests.ts";
import { testWith } from "../support/needs.ts";

const script = "print('hello')\n";
const scriptPath = "/mnt/khutulun/templates/hello/web.py";

function web(properties: Item["properties"] = {}, parts: Partial<Item> = {}): Item {
  const hostPath = "/var/lib/khutulun/data/khutulun.shop.web-0/web.py";
  return item({
    id: "web-0",
    types: ["org.khutulun:1.0::Process"],
    properties: {
      command: ["python3", hostPath],
      environment: { GREETING: "hello world" },
      restart: "on-failure",
      restart_delay: "1.0 s",
      stop_timeout: "10.0 s",
      ...properties,
    },
    artifacts: {
      script: {
        types: [],
        path: scriptPath,
        digest: sha256(script),
        fileName: "web.py",
        hostPath,
        properties: {},
      },
    },
    ...parts,
  });
}

async function onHost(
  options: PluginHostOptions,
  run: (host: PluginHost) => Promise<void>,
): Promise<void> {
  await PluginHost.with(options, async (host) => {
    host.machine.disk.makeDirectory("/mnt/khutulun/templates/hello", 0o755, true);
    host.machine.disk.writeNew(scriptPath, new TextEncoder().encode(script), 0o644);
    await run(host);
  });
}

/** Returns a golden file; writes it anew where `UPDATE_GOLDEN` is set. */
async function readGolden(name: string, found: string): Promise<string> {
  const url = new URL(`../golden/${name}`, import.meta.url);
  if (Deno.env.get("UPDATE_GOLDEN")) await Deno.writeTextFile(url, found);
  return await Deno.readTextFile(url);
}

const keys = (steps: readonly { key: string }[]) => steps.map((step) => step.key);

const directory = "/var/lib/khutulun/data/khutulun.shop.web-0";
const other = item({ id: "db-0", properties: { command: ["/usr/bin/db"] } });
const unit = "khutulun.shop.web-0.service";

Deno.test("process reconcile writes what a person would write, and starts it", async () => {
  await onHost({}, async (host) => {
    const { steps, items } = await host.apply("process", "reconcile", [web()]);
    assert.deepEqual(keys(steps), [
      "write /var/lib/khutulun/data/khutulun.shop.web-0/web.py",
      `write ${unit}`,
      `enable ${unit}`,
      "daemon-reload",
      `start ${unit}`,
    ]);
    const texts = host.machine.disk.texts();
    const golden = await readGolden("web-0.service", texts[`/etc/systemd/system/${unit}`]);
    assert.equal(texts[`/etc/systemd/system/${unit}`], golden);
    assert(golden.trimEnd().split("\n").length <= 15);
    assert.equal(texts["/var/lib/khutulun/data/khutulun.shop.web-0/web.py"], script);
    const [process] = host.machine.running();
    assert.deepEqual(process.argv, web().properties.command);
    assert.deepEqual(process.env, { GREETING: "hello world" });
    assert.deepEqual(items[0].attributes, {
      host: "h1",
      address: "10.0.0.1",
      unit,
      pid: process.pid,
    });
    assert.equal(items[0].phase, "ready");
  });
});

Deno.test("process reconcile binds what is exclusive to the fence, and does not start it at a boot", async () => {
  await onHost({}, async (host) => {
    await host.apply("process", "reconcile", [web()]);
    const exclusive = web({ exclusive: true });
    const { steps } = await host.apply("process", "reconcile", [exclusive]);
    assert.deepEqual(keys(steps).filter((key) => /able/.test(key)), [`disable ${unit}`]);
    const text = host.machine.disk.texts()[`/etc/systemd/system/${unit}`];
    assert.match(text, /\nBindsTo=khutulun-fence\.service\nAfter=khutulun-fence\.service\n/);
    assert.doesNotMatch(text, /\[Install\]/);
    assert(text.trimEnd().split("\n").length <= 15);
  });
});

Deno.test("process reconcile writes what policies say as a person would: start limits and the fence", async () => {
  await onHost({}, async (host) => {
    const ruled = web({
      restart: "always",
      restart_delay: "0.5 s",
      restart_limit: 3,
      restart_within: "300 s",
      stops_when_isolated: true,
    });
    await host.apply("process", "reconcile", [ruled]);
    const text = host.machine.disk.texts()[`/etc/systemd/system/${unit}`];
    const [head, service] = text.split("[Service]");
    assert.match(head, /\nStartLimitIntervalSec=300s\nStartLimitBurst=3\n/);
    assert.match(head, /\nBindsTo=khutulun-fence\.service\n/);
    assert.match(service, /\nRestart=always\nRestartSec=500ms\n/);
    assert.doesNotMatch(text, /\[Install\]/);
    // A restart that is asked for does not use up what the limit allows.
    const { steps } = await host.apply("process", "reconcile", [{ ...ruled, revision: 2 }]);
    assert.deepEqual(keys(steps).slice(-2), [`forget ${unit}`, `restart ${unit}`]);
  });
});

Deno.test("process observe without systemd takes exit code 0 for an end as wanted, unless it always runs or is fenced", async () => {
  const phaseOf = (properties: Item["properties"], code: number) => {
    let phase = "";
    return onHost({ systemd: "none" }, async (host) => {
      await host.apply("process", "reconcile", [web(properties)]);
      const [process] = host.machine.running();
      host.machine.exit(process, code);
      const pidFile = Object.keys(host.machine.disk.texts()).find((path) => path.endsWith(".pid"))!;
      const record = host.machine.disk.texts()[pidFile];
      host.machine.disk.remove(pidFile);
      const told = new TextEncoder().encode(`${record.trim()}\nexit ${code}\n`);
      host.machine.disk.writeNew(pidFile, told, 0o644);
      const { items, steps } = await host.apply("process", "reconcile", [web(properties)]);
      phase = steps.length > 0 ? `${items[0].phase} again` : items[0].phase!;
    }).then(() => phase);
  };
  assert.equal(await phaseOf({}, 0), "stopped");
  assert.equal(await phaseOf({}, 1), "ready again");
  assert.equal(await phaseOf({ restart: "no" }, 1), "stopped");
  assert.equal(await phaseOf({ restart: "always" }, 0), "ready again");
  assert.equal(await phaseOf({ stops_when_isolated: true }, 0), "ready again");
});

const changes: readonly [string, Item["properties"]][] = [
  ["command", { command: ["python3", "-u", "/srv/web.py"] }],
  ["environment", { environment: { GREETING: "good bye" } }],
  ["working_directory", { working_directory: "/srv" }],
  ["user", { user: "web" }],
  ["group", { group: "web" }],
  ["restart", { restart: "always" }],
  ["restart_delay", { restart_delay: "2.5 s" }],
  ["restart_limit", { restart_limit: 4, restart_within: "60.0 s" }],
  ["stops_when_isolated", { stops_when_isolated: true }],
  ["stop_timeout", { stop_timeout: "1.0 m" }],
];

for (const systemd of ["system", "user", "none"] as const) {
  Deno.test(`process plan equals apply under ${systemd}: each property changed touches one process`, async () => {
    await onHost({ systemd }, async (host) => {
      await host.apply("process", "reconcile", [web(), other]);
      for (const [name, properties] of changes) {
        if (systemd === "user" && /user|group/.test(name)) continue;
        const before = host.machine.started.length;
        const { steps } = await host.apply("process", "reconcile", [web(properties), other]);
        assert(steps.length > 0, `${name} makes a difference`);
        assert.deepEqual([...new Set(steps.map((step) => step.item))], ["web-0"], name);
        assert.equal(host.machine.started.length, before + 1, `${name} restarts it once`);
        assert.equal(host.machine.running().length, 2);
        await host.apply("process", "reconcile", [web(), other]);
      }
      const raised = await host.apply("process", "reconcile", [web({}, { revision: 2 }), other]);
      assert.deepEqual([...new Set(raised.steps.map((step) => step.item))], ["web-0"]);
    });
  });

  Deno.test(`process remove leaves nothing under ${systemd}, and knows no properties`, async () => {
    await onHost({ systemd, unitsLinked: systemd === "user" }, async (host) => {
      const before = host.machine.disk.texts();
      await host.apply("process", "reconcile", [web(), other]);
      const gone = [web(), other].map((each) => ({
        ...each,
        want: "absent" as const,
        properties: {},
        artifacts: {},
      }));
      const { items } = await host.apply("process", "remove", gone);
      assert.deepEqual(items.map((each) => [each.phase, each.owned]), [["absent", []], [
        "absent",
        [],
      ]]);
      assert.deepEqual(host.machine.running(), []);
      assert.deepEqual(host.machine.disk.texts(), before);
      assert.equal(host.machine.disk.stat(directory), undefined);
    });
  });

  Deno.test(`process reconcile stops under ${systemd} what is to be stopped, and starts it again`, async () => {
    await onHost({ systemd }, async (host) => {
      await host.apply("process", "reconcile", [web()]);
      const stopped = web({}, { want: "stopped" });
      const { items } = await host.apply("process", "reconcile", [stopped]);
      assert.equal(items[0].phase, "stopped");
      assert.deepEqual(host.machine.running(), []);
      await host.apply("process", "reconcile", [web()]);
      assert.equal(host.machine.running().length, 1);
    });
  });

  Deno.test(`process reconcile restarts under ${systemd} what a crash left between write and restart`, async () => {
    await onHost({ systemd }, async (host) => {
      await host.apply("process", "reconcile", [web()]);
      const [old] = host.machine.running();
      await host.clock.advance(5_000);
      const changed = web({ environment: { GREETING: "good bye" } });
      const { steps } = await host.call("process", "reconcile", [changed]);
      const cut = steps.findIndex((step) => step.gate === "start");
      await host.carryOut(steps.slice(0, cut));
      assert.deepEqual(host.machine.running(), [old]);
      await host.apply("process", "reconcile", [changed]);
      assert.deepEqual(host.machine.running().map((each) => each.env), [{ GREETING: "good bye" }]);
    });
  });
}

Deno.test("process reconcile links units where the manager does not search for them", async () => {
  await onHost({ systemd: "user", unitsLinked: true }, async (host) => {
    const { steps } = await host.apply("process", "reconcile", [web()]);
    assert.deepEqual(keys(steps), [
      `write ${directory}/web.py`,
      `write ${unit}`,
      `link ${unit}`,
      `enable ${unit}`,
      "daemon-reload",
      `start ${unit}`,
    ]);
    assert.deepEqual(
      steps.flatMap((step) => "exec" in step.do ? [step.do.exec.argv.join(" ")] : []),
      [
        `systemctl --user --no-reload link /root/units/${unit}`,
        `systemctl --user --no-reload enable ${unit}`,
        "systemctl --user daemon-reload",
        `systemctl --user start ${unit}`,
      ],
    );
  });
});

Deno.test("process reconcile makes one daemon-reload and one look for many units", async () => {
  await onHost({}, async (host) => {
    const many = Array.from(
      { length: 20 },
      (_, index) => item({ id: `many-${index}`, properties: { command: ["sleep", "1"] } }),
    );
    const { steps } = await host.apply("process", "reconcile", many);
    assert.equal(host.machine.systemd!.reloads, 1);
    assert.equal(steps.length, 20 * 3 + 1);
    host.processes.commandLines.length = 0;
    await host.call("process", "reconcile", many);
    assert.equal(host.processes.commandLines.length, 1);
  });
});

Deno.test("process observe tells how a program ended, and reconcile obeys its restart policy", async () => {
  const dies = { exitsAfterMs: 10, exitCode: 3 };
  await onHost({ program: () => dies }, async (host) => {
    const check = async (restart: string, expected: [string, string | undefined, boolean]) => {
      const it = web({ restart });
      await host.carryOut((await host.call("process", "reconcile", [it])).steps);
      await host.clock.advance(20);
      const [{ phase, why }] = (await host.call("process", "observe", [it])).items;
      const { steps } = await host.call("process", "reconcile", [it]);
      assert.deepEqual([phase, why, steps.length > 0], expected);
    };
    const ended = `It ended with exit code 3; see journalctl --unit=${unit}`;
    await check("no", ["failed", ended, false]);
    const again = "It ended with exit code 3; systemd starts it again";
    await check("on-failure", ["starting", again, false]);
  });
});

Deno.test("process observe finds a supervised process that ended, and reconcile starts it again", async () => {
  await onHost({ systemd: "none" }, async (host) => {
    await host.apply("process", "reconcile", [web()]);
    host.machine.exit(host.machine.running()[0], 1);
    const [{ phase, why }] = (await host.call("process", "observe", [web()])).items;
    assert.equal(phase, "failed");
    assert.match(why!, /has ended; see \/var\/log\/khutulun\/khutulun\.shop\.web-0\.log/);
    const once = web({ restart: "no" });
    await host.carryOut((await host.call("process", "reconcile", [once])).steps);
    host.machine.exit(host.machine.running()[0], 1);
    const pidPath = "/run/khutulun/khutulun.shop.web-0.pid";
    const said = async (end: string) => {
      const [record] = host.machine.disk.texts()[pidPath].split("\n");
      host.machine.disk.remove(pidPath);
      host.machine.disk.writeNew(pidPath, new TextEncoder().encode(`${record}\n${end}`), 0o644);
      return (await host.call("process", "observe", [once])).items[0].why;
    };
    assert.equal(await said(""), "It has ended");
    assert.equal(await said("exit 3\n"), "It ended with exit code 3");
    assert.equal(await said("signal SIGKILL\n"), "It was ended by signal SIGKILL");
    assert.deepEqual((await host.call("process", "reconcile", [once])).steps, []);
    assert.equal((await host.call("process", "observe", [once])).items[0].phase, "stopped");
  });
});

Deno.test("process reconcile brings a file back that was changed or removed by hand", async () => {
  await onHost({}, async (host) => {
    await host.apply("process", "reconcile", [web()]);
    host.machine.disk.remove(`${directory}/web.py`);
    const { steps } = await host.apply("process", "reconcile", [web()]);
    assert.deepEqual(keys(steps), [`write ${directory}/web.py`, `restart ${unit}`]);
  });
});

Deno.test("process place names the command that a host must have, and refuses what cannot be", async () => {
  await onHost({}, async (host) => {
    const [placed] = (await host.call("process", "place", [web()])).items;
    assert.deepEqual(placed.needsCommands, ["python3"]);
    const refused = async (properties: Item["properties"], why: RegExp) => {
      await assert.rejects(
        host.call("process", "place", [web(properties)]),
        (error: { problem: { code: string; what: string; why: string } }) => {
          assert.equal(error.problem.code, "PLUGIN_PANIC");
          assert.equal(error.problem.what, 'Plugin "process" cannot place "web-0"');
          assert.match(error.problem.why, why);
          return true;
        },
      );
    };
    await refused({ command: ["-foo"] }, /command must begin with a program/);
    await refused({ environment: { "A B": "1" } }, /"A B", which is no name/);
    await refused({ environment: { A: 1 } }, /environment.A must be a text, found a number/);
    await refused({ user: "a b" }, /user must be a name/);
    await refused({ stop_timeout: "soon" }, /must be a duration/);
    await refused({ command: "python3" }, /command must be a list, found a text/);
  });
});

/** What an item needs, as it sees it. */
function needing(id: string, host: string, type = "Dependency"): Item["relations"][number] {
  return {
    side: "source",
    requirement: "dependency",
    index: 0,
    types: [`org.khutulun:1.0::${type}`],
    other: {
      id,
      host,
      address: "10.0.0.1",
      types: ["org.khutulun:1.0::Process"],
      properties: {},
      attributes: { unit: `khutulun.shop.${id}.service` },
    },
    properties: {},
    attributes: {},
  };
}

for (const [systemd, line] of [["system", "network.target "], ["user", ""]] as const) {
  Deno.test(`process reconcile under ${systemd} orders units at a boot by what they need on the same host`, async () => {
    await onHost({ systemd }, async (host) => {
      const relations = [
        ...[needing("db-0", "h1"), needing("cache-0", "h1"), needing("far-0", "h2")],
        needing("port-0", "h1", "Reserves"),
      ];
      await host.apply("process", "reconcile", [web({}, { relations })]);
      const text = Object.values(host.machine.disk.texts()).find((each) =>
        each.includes("[Service]")
      )!;
      assert.deepEqual(text.match(/^After=.*$/gm), [
        `After=${line}khutulun.shop.cache-0.service khutulun.shop.db-0.service`,
      ]);
    });
  });
}

Deno.test("process reconcile lets no name or path add a line to a unit", async () => {
  await onHost({}, async (host) => {
    const evil = "\n[Service]\nExecStartPre=/bin/evil\r";
    const id = `web${evil}-0`;
    const strange = needing("db-0", "h1");
    const relations = [
      needing("cache-0", "h1"),
      // A plugin tells attributes of its items, and so those of what we need.
      { ...strange, other: { ...strange.other, attributes: { unit: `db${evil}` } } },
    ];
    const properties = { working_directory: "/srv\\", user: "nobody" };
    const { steps } = await host.call("process", "reconcile", [
      web(properties, { id, name: unit.slice(0, -8), relations, artifacts: {} }),
    ]);
    const [text] = steps.flatMap(({ do: it }) =>
      "write" in it && it.write.path.endsWith(".service") ? [it.write.text!] : []
    );
    const lines = text.split("\n");
    const isEvil = (line: string) => line.includes("evil");
    assert.deepEqual(lines.filter(isEvil), [
      "Description=web [Service] ExecStartPre=/bin/evil -0 of shop",
    ]);
    assert.deepEqual(text.match(/^After=.*$/gm), [
      "After=network.target khutulun.shop.cache-0.service",
    ]);
    // A backslash as the last character would take the next line for more of the path.
    const at = lines.indexOf("WorkingDirectory=/srv\\ ");
    assert.equal(lines[at + 1], "User=nobody");
  });
});

const scope = ["systemd-run", "--scope", "--quiet", "--collect"];
const visits = {
  system: [
    ...[...scope, "--description=Command in web-0 of shop", `--property=PartOf=${unit}`],
    ...["--uid=web", "--", "sh", "-c", "id"],
  ],
  user: [
    ...["systemd-run", "--user", "--scope", "--quiet", "--collect"],
    ...["--description=Command in web-0 of shop", `--property=PartOf=${unit}`],
    ...["--", "sh", "-c", "id"],
  ],
  none: ["setpriv", "--regid=web", "--reuid=web", "--init-groups", "--", "sh", "-c", "id"],
};

for (const [systemd, argv] of Object.entries(visits) as [keyof typeof visits, string[]][]) {
  Deno.test(`process interact under ${systemd} runs a command where the process runs`, async () => {
    await onHost({ systemd }, async (host) => {
      const it = web({
        working_directory: "/srv",
        ...systemd !== "user" && { user: "web" },
        ...systemd === "none" && { group: "web" },
      });
      const options = { argv: ["sh", "-c", "id"] };
      assert.deepEqual((await host.call("process", "interact", [it], options)).items[0].command, {
        argv,
        env: { GREETING: "hello world" },
        cwd: "/srv",
      });
    });
  });
}

testWith(
  ["root", "setpriv"],
  "a process without systemd has its user's own group, whatever that is called, or says that there is no such user",
  async () => {
    const endOf = (
      user: string,
      check: (code: number, stdout: string, stderr: string) => void,
    ) =>
      onHost({ systemd: "none" }, async (host) => {
        const options = { argv: ["/bin/sh", "-c", "/usr/bin/id -u; /usr/bin/id -g"] };
        const { items } = await host.call("process", "interact", [web({ user })], options);
        const [command, ...args] = items[0].command!.argv;
        const env = { PATH: "/nowhere" };
        const end = await new Deno.Command(`/bin/${command}`, { args, env }).output();
        const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
        check(end.code, decode(end.stdout), decode(end.stderr));
      });
    await endOf("nobody", (code, stdout) => {
      assert.deepEqual([code, stdout], [0, "65534\n65534\n"]);
    });
    await endOf("khutulun-nobody", (code, _stdout, stderr) => {
      assert.notEqual(code, 0);
      assert.match(stderr, /no such user/);
    });
  },
);

Deno.test("process interact finds the host's own commands whatever PATH the process has", async () => {
  await onHost({}, async (host) => {
    const it = web({ environment: { PATH: "/opt/bin", A: "b" } });
    const { command } = (await host.call("process", "interact", [it], { argv: ["id"] })).items[0];
    assert.deepEqual(command!.env, { A: "b" });
    assert.deepEqual(command!.argv.slice(-4), ["--", "env", "PATH=/opt/bin", "id"]);
  });
});

Deno.test("process logs answers a command to attach to", async () => {
  await onHost({}, async (host) => {
    const logs = await host.call("process", "logs", [web()], { lines: 10, follow: true });
    assert.deepEqual(
      logs.items[0].command!.argv.join(" "),
      `journalctl --output=cat --quiet --no-pager --lines=10 --follow _SYSTEMD_UNIT=${unit} + UNIT=${unit} _PID=1`,
    );
  });
});

Deno.test("process logs finds the last words of a program that the journal knows by its pid alone", async () => {
  const dies = { exitsAfterMs: 10, exitCode: 3 };
  await onHost({ systemd: "user", program: () => dies }, async (host) => {
    const { disk } = host.machine;
    disk.makeDirectory("/proc/sys/kernel/random", 0o755, true);
    const boot = new TextEncoder().encode("b0c0585e-364f-4b1e-bf7d-35e295dba404\n");
    disk.writeNew("/proc/sys/kernel/random/boot_id", boot, 0o644);
    const it = web({ restart: "no" });
    await host.carryOut((await host.call("process", "reconcile", [it])).steps);
    const [{ pid }] = host.machine.running();
    await host.clock.advance(20);
    const logs = await host.call("process", "logs", [it], { lines: 10, follow: false, own: true });
    assert.deepEqual(logs.items[0].command!.argv.slice(5), [
      ...[`_SYSTEMD_USER_UNIT=${unit}`, "+", `_PID=${pid}`, "_TRANSPORT=stdout"],
      "_BOOT_ID=b0c0585e364f4b1ebf7d35e295dba404",
    ]);
  });
});

Deno.test("process reconcile quotes any argument and variable so that systemd reads it back", async () => {
  await onHost({}, async (host) => {
    const text = fc.string({
      unit: fc.constantFrom(..." \t\n\"'\\%$;#{}aé漢🦊\u007f~=-".split(/(?:)/u)),
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 5 }), text, async (args, value) => {
        // The model of systemd takes "$$" for "$" in variables too, which systemd does not.
        const variable = value.replaceAll(/\$+/g, () => "$");
        const command = ["/bin/echo", ...args];
        const it = web({ command, environment: { VALUE: variable } });
        await host.carryOut((await host.call("process", "reconcile", [it])).steps);
        const [process] = host.machine.running();
        assert.deepEqual(process.argv, command);
        assert.deepEqual(process.env, { VALUE: variable });
      }),
      { numRuns: 60 },
    );
  });
});
