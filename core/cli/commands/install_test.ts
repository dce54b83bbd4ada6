import assert from "node:assert/strict";
import { fail } from "../../base/mod.ts";
import { fakeAgent, serveInMemory } from "../../../tests/support/fake_agent.ts";
import { runInMemory } from "../../../tests/support/fake_surroundings.ts";

type Asked = [kind: string, options: Record<string, unknown>];

/** Runs a line and keeps what was asked of the installer. */
async function run(line: string, failing?: () => never) {
  const asked: Asked[] = [];
  const ended = await runInMemory(line.split(" "), {
    connection: serveInMemory(fakeAgent({})),
    install: (kind, options, say) => {
      asked.push([kind, JSON.parse(JSON.stringify(options))]); // without what is undefined
      say("start the agent");
      return Promise.resolve(failing?.());
    },
  });
  return { asked, ...ended };
}

Deno.test("seed --install says each step, and that the agent runs when it answers", async () => {
  const { asked, code, stdout, stderr } = await run(
    "seed --install --state /srv/state --name shop",
  );
  assert.deepEqual(asked, [["install", { state: "/srv/state", name: "shop" }]]);
  assert.equal(code, 0);
  const [said, note] = stderr.split("\n");
  assert.equal(said, "start the agent");
  assert.match(note, /keeps its name/); // the agent that answers is of another one
  assert.match(stdout, /^The agent of host ".*" runs, now and after a boot: cluster ".*"/);
});

Deno.test("install and uninstall ask for what they say", async () => {
  assert.deepEqual((await run("install --mode user")).asked, [["upgrade", { mode: "user" }]]);
  const { asked, stdout } = await run("uninstall");
  assert.deepEqual(asked, [["uninstall", {}]]);
  assert.match(stdout, /^The agent is gone\. Services, state/);
});

Deno.test("install refuses an agent of another root, and prints why a step failed", async () => {
  const refused = await run("seed --install --root /tmp/x");
  assert.deepEqual([refused.code, refused.asked], [2, []]);
  assert.match(refused.stderr, /Leave out --root/);
  const failed = await run(
    "install",
    () => fail("AGENT_INSTALL", { what: "Cannot upgrade the agent", why: "There is no unit" }),
  );
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /AGENT_INSTALL\n {2}what: Cannot upgrade/);
});
