import assert from "node:assert/strict";
import { chooseManager, type SystemdFacts } from "./manager.ts";

const alice: SystemdFacts = {
  uid: 1000,
  userName: "alice",
  isBooted: true,
  hasSystemctl: true,
  systemBus: "/run/dbus/system_bus_socket",
  runtimeDirectory: "/run/user/1000",
  userBus: "/run/user/1000/bus",
  hasUserManager: true,
  isLingering: true,
};
const root: SystemdFacts = { ...alice, uid: 0, userName: "root" };

Deno.test("chooseManager() takes the system's manager for root in system mode", () => {
  assert.deepEqual(chooseManager("system", root), {
    kind: "system",
    bus: "/run/dbus/system_bus_socket",
    environment: {},
  });
});

Deno.test("chooseManager() names the user's bus for commands, as a shell made by su does not", () => {
  assert.deepEqual(chooseManager("user", alice), {
    kind: "user",
    bus: "/run/user/1000/bus",
    environment: {
      XDG_RUNTIME_DIR: "/run/user/1000",
      DBUS_SESSION_BUS_ADDRESS: "unix:path=/run/user/1000/bus",
    },
    problem: undefined,
  });
});

Deno.test("chooseManager() warns where units would end with the session", () => {
  const chosen = chooseManager("user", { ...alice, isLingering: false });
  assert.equal(chosen.kind, "user");
  assert.equal(chosen.problem?.code, "PLATFORM_NO_LINGER");
  assert.match(chosen.problem?.fix ?? "", /loginctl enable-linger alice/);
});

Deno.test("chooseManager() says why no manager serves, and what would mend it", () => {
  const cases: ["system" | "user", SystemdFacts, RegExp, RegExp][] = [
    ["system", { ...root, isBooted: false }, /not the init/, /container/],
    ["system", { ...root, hasSystemctl: false }, /systemctl is not in PATH/i, /PATH/],
    ["system", { ...root, systemBus: undefined }, /no system bus/, /apt-get install dbus/],
    ["system", alice, /"alice" may not write/, /user mode/],
    ["user", { ...alice, runtimeDirectory: undefined }, /\/run\/user\/1000/, /enable-linger alice/],
    ["user", { ...alice, hasUserManager: false }, /does not run/, /enable-linger alice/],
    ["user", { ...alice, userBus: undefined }, /no bus/, /dbus-user-session/],
  ];
  for (const [mode, facts, why, fix] of cases) {
    const chosen = chooseManager(mode, facts);
    assert.equal(chosen.kind, "none");
    assert.equal(chosen.problem?.severity, "warning");
    assert.match(chosen.problem?.why ?? "", why);
    assert.match(chosen.problem?.fix ?? "", fix);
  }
});
