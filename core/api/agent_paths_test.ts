import assert from "node:assert/strict";
import { agentPaths } from "./agent_paths.ts";

const env = (values: Record<string, string>) => (name: string) => values[name];

Deno.test("agentPaths() keeps everything below the root directory", () => {
  for (const mode of ["system", "user"] as const) {
    const paths = agentPaths({ root: "/r", mode, uid: 0, home: "/h", env: env({}) });
    for (const path of Object.values(paths)) {
      if (typeof path === "string") assert.match(path, /^\/r\//);
    }
    assert.equal(paths.areUnitsSearched, false);
  }
});

Deno.test("agentPaths() takes the system's places, whatever the environment says", () => {
  const paths = agentPaths({
    mode: "system",
    uid: 0,
    home: "/h",
    env: env({ XDG_DATA_HOME: "/x" }),
  });
  assert.equal(paths.state, "/mnt/khutulun");
  assert.equal(paths.units, "/etc/systemd/system");
});

Deno.test("agentPaths() follows the XDG base directories in user mode", () => {
  const of = (values: Record<string, string>) =>
    agentPaths({ mode: "user", uid: 7, home: "/h", env: env(values) });
  assert.equal(of({}).own, "/h/.local/state/khutulun");
  assert.equal(of({}).socket, "/run/user/7/khutulun/api/agent.sock");
  assert.equal(of({ XDG_STATE_HOME: "/s" }).own, "/s/khutulun");
  assert.equal(of({ XDG_STATE_HOME: "not/absolute" }).own, "/h/.local/state/khutulun");
});
