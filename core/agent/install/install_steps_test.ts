import assert from "node:assert/strict";
import type { Step } from "../../plan/mod.ts";
import { agentUnit, quoteArgument } from "./agent_unit.ts";
import {
  type InstallOptions,
  installSteps,
  uninstallSteps,
  upgradeSteps,
} from "./install_steps.ts";

const system: InstallOptions = {
  mode: "system",
  executable: "/root/khutulun-x86_64-linux",
  home: "/root",
  state: "/mnt/khutulun",
  seedArgs: ["--name", "shop"],
  isLingering: false,
  environment: {},
};
const user: InstallOptions = {
  ...system,
  mode: "user",
  home: "/home/alice",
  environment: { XDG_RUNTIME_DIR: "/run/user/1000" },
};

function linesOf(steps: readonly Step[]): string[] {
  return steps.map((step) => {
    if ("exec" in step.do) return step.do.exec.argv.join(" ");
    if ("write" in step.do) return `write ${step.do.write.path}`;
    return "remove" in step.do ? `remove ${step.do.remove.path}` : "";
  });
}

Deno.test("installSteps() copies the executable, writes the unit and starts the agent", () => {
  assert.deepEqual(linesOf(installSteps(system)), [
    "install -D -m 0755 /root/khutulun-x86_64-linux /usr/local/bin/khutulun.new",
    "mv -f /usr/local/bin/khutulun.new /usr/local/bin/khutulun",
    "write /etc/systemd/system/khutulun.service",
    "systemctl daemon-reload",
    "systemctl enable khutulun.service",
    "systemctl restart khutulun.service",
  ]);
});

Deno.test("installSteps() leaves the executable alone where it is in its place already", () => {
  const lines = linesOf(installSteps({ ...system, executable: "/usr/local/bin/khutulun" }));
  assert.equal(lines[0], "write /etc/systemd/system/khutulun.service");
});

Deno.test("installSteps() makes a user linger who does not, and speaks to the user's manager", () => {
  const lines = linesOf(installSteps(user));
  assert.deepEqual(lines.slice(2), [
    "loginctl enable-linger",
    "write /home/alice/.config/systemd/user/khutulun.service",
    "systemctl --user daemon-reload",
    "systemctl --user enable khutulun.service",
    "systemctl --user restart khutulun.service",
  ]);
  assert.equal(linesOf(installSteps({ ...user, isLingering: true })).length, lines.length - 1);
});

Deno.test("installSteps() orders each step after the one before", () => {
  const steps = installSteps(system);
  assert.deepEqual(steps.map(({ needs }) => needs), [
    [],
    ...steps.slice(0, -1).map(({ key }) => [key]),
  ]);
});

Deno.test("uninstallSteps() takes away what installSteps() made, and nothing else", () => {
  assert.deepEqual(linesOf(uninstallSteps(system)), [
    "systemctl disable --now khutulun.service",
    "remove /etc/systemd/system/khutulun.service",
    "systemctl daemon-reload",
    "remove /usr/local/bin/khutulun",
  ]);
});

Deno.test("upgradeSteps() replaces the executable and leaves the unit as it is", () => {
  assert.deepEqual(linesOf(upgradeSteps(user)), [
    "install -D -m 0755 /root/khutulun-x86_64-linux /home/alice/.local/bin/khutulun.new",
    "mv -f /home/alice/.local/bin/khutulun.new /home/alice/.local/bin/khutulun",
    "systemctl --user restart khutulun.service",
  ]);
});

Deno.test("agentUnit() is a unit that a person would have written", () => {
  const text = agentUnit({
    mode: "system",
    executable: "/usr/local/bin/khutulun",
    args: ["seed", "--mode", "system", "--state", "/mnt/khutulun"],
    state: "/mnt/khutulun",
  });
  assert.equal(
    text,
    `[Unit]
Description=Khutulun agent
Wants=network-online.target
After=network-online.target
RequiresMountsFor=/mnt/khutulun
StartLimitIntervalSec=0

[Service]
ExecStart=/usr/local/bin/khutulun seed --mode system --state /mnt/khutulun
Restart=always
RestartSec=1
RestartPreventExitStatus=8

[Install]
WantedBy=multi-user.target
`,
  );
});

Deno.test("quoteArgument() keeps systemd from reading what is not meant for it", () => {
  const cases: [string, string][] = [
    ["plain-1/2:3", "plain-1/2:3"],
    ["50%", "50%%"],
    ["$HOME", "$$HOME"],
    ["a b", '"a b"'],
    ['say "x"\\', '"say \\"x\\"\\\\"'],
    ["a\nb", '"a\\x0ab"'],
    ["", '""'],
  ];
  for (const [text, quoted] of cases) assert.equal(quoteArgument(text), quoted);
});
