import assert from "node:assert/strict";
import { problem, ProblemError } from "../../base/mod.ts";
import { type InstallFacts, type InstallRequest, planInstall } from "./plan_install.ts";

const facts: InstallFacts = {
  mode: "system",
  home: "/root",
  usualState: "/mnt/khutulun",
  places: { config: "/etc/khutulun", own: "/var/lib/khutulun" },
  isClusterIn: (state) => state !== "/mnt/other",
  executable: "/root/khutulun",
  isInstalled: true,
  isLingering: false,
  manager: { kind: "system", environment: {} },
};
const install: InstallRequest = { kind: "install", name: "shop" };

function unitOf(request: InstallRequest, differing: Partial<InstallFacts>): string {
  return planInstall(request, { ...facts, ...differing })
    .map((step) => "write" in step.do ? step.do.write.text : "").join("");
}

Deno.test("planInstall() gives the unit what seed was told", () => {
  const text = unitOf(install, { isInstalled: false });
  assert.match(text, /ExecStart=.* seed --mode system --state \/mnt\/khutulun --name shop\n/);
});

Deno.test("planInstall() keeps the state of the host's cluster, wherever that has moved to", () => {
  const known = { knownState: "/srv/shop" };
  assert.match(unitOf(install, known), /--state \/srv\/shop /);
  const moved: InstallRequest = { kind: "install", state: "/srv/moved" };
  assert.match(unitOf(moved, known), /--state \/srv\/moved\n/);
});

Deno.test("planInstall() says why it cannot be done here, and what would mend it", () => {
  const noSystemd = problem("PLATFORM_NO_SYSTEMD", {
    what: "No",
    why: "systemd is not the init",
    fix: "Boot it with systemd",
  });
  const cases: [InstallRequest, Partial<InstallFacts>, RegExp, RegExp][] = [
    [
      install,
      { manager: { kind: "none", problem: noSystemd } },
      /not the init/,
      /Boot it.*; or run/,
    ],
    [{ ...install, state: "/mnt/other" }, { knownState: "/srv/shop" }, /none in/, /^Leave out/],
    [
      install,
      { knownState: "/mnt/other" },
      /none in/,
      /^Mount it.*rm -rf \/etc\S+ \/var\/lib\/khutulun\/trust$/,
    ],
    [install, { executable: undefined }, /checkout/, /deno task compile/],
    [{ kind: "upgrade" }, { isInstalled: false }, /no unit/, /seed --install/],
    [{ kind: "uninstall" }, { isInstalled: false }, /no unit/, /Nothing/],
  ];
  for (const [request, differing, why, fix] of cases) {
    assert.throws(() => planInstall(request, { ...facts, ...differing }), (error) => {
      assert.ok(error instanceof ProblemError);
      assert.equal(error.problem.code, "AGENT_INSTALL");
      assert.match(error.problem.why ?? "", why);
      assert.match(error.problem.fix ?? "", fix);
      return true;
    });
  }
});

Deno.test("planInstall() can take the agent away by a checkout too", () => {
  const steps = planInstall({ kind: "uninstall" }, { ...facts, executable: undefined });
  assert.equal(steps.length, 4);
});
