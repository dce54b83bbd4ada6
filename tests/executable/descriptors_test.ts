import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { build, lockBuild } from "../../scripts/build.ts";
import { StartedAgent } from "../support/started_agent.ts";

const bundle = fileURLToPath(new URL("../../build/bundle", import.meta.url));
const template = `tosca_definitions_version: tosca_2_0
imports: [ { profile: org.khutulun:1.0 } ]
service_template:
  node_templates:
    sleeper: { type: Process, properties: { command: [ sleep, "1000" ] } }
  policies:
  - copies: { type: Redundancy, targets: [ sleeper ], properties: { min: 5 } }
`;

/** Returns what the agent has open of other processes. */
function openStats(pid: number): number {
  const descriptors = [...Deno.readDirSync(`/proc/${pid}/fd`)].map(({ name }) => {
    try {
      return Deno.readLinkSync(`/proc/${pid}/fd/${name}`);
    } catch {
      return ""; // closed meanwhile
    }
  });
  return descriptors.filter((each) => /^\/proc\/\d+\/stat$/.test(each)).length;
}

Deno.test("an agent from the bundle closes what it opens to look at its processes", async () => {
  const folder = await Deno.makeTempDir();
  {
    using _lock = await lockBuild();
    await build();
    await new Deno.Command("cp", { args: ["-r", `${bundle}/.`, folder] }).output();
  }
  const flags = ["--quiet", "-A", "--unstable-net", "--no-config", "--no-lock", "--cached-only"];
  const agent = await StartedAgent.prepare([
    Deno.execPath(),
    ...["run", ...flags, `${folder}/main.js`],
  ]);
  try {
    await agent.start();
    const path = await agent.write("service.yaml", template);
    const { code, stderr } = await agent.run(["service", "deploy", "sleepers", path]);
    assert.equal(code, 0, stderr);
    // Each second it looks at each of the five.
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    assert.ok(openStats(agent.pid) < 5, `${openStats(agent.pid)} are open`);
  } finally {
    await agent.close();
    await Deno.remove(folder, { recursive: true });
  }
});
