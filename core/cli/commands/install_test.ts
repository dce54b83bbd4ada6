import assert from "node:assert/strict";
import { fail, problem } from "../../base/mod.ts";
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

Deno.test("seed --install ends with the last words of an agent that does not come up", async () => {
  const nobody = () => fail("API_AGENT_NOT_RUNNING", { what: "Cannot reach the agent" });
  const { code, stdout, stderr } = await runInMemory(["seed", "--install"], {
    connection: {
      fetch: () => Promise.resolve().then(nobody),
      openSocket: () => Promise.resolve().then(nobody),
      close() {},
    },
    trouble: () =>
      problem("AGENT_UNIT_FAILED", {
        what: "The agent was started, and does not come up",
        why: "It ended 3 times, the last time with exit code 1, and said:\nGOSSIP_PORT_TAKEN",
      }),
  });
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(stderr, /^AGENT_UNIT_FAILED\n/);
  assert.match(stderr, /and said:\n {8}GOSSIP_PORT_TAKEN\n$/);
});

Deno.test("seed --install and join --install refuse KHUTULUN_ROOT before anything is done", async () => {
  const env = { KHUTULUN_ROOT: "/tmp/x" };
  for (const line of ["seed --install", "install", "join TOKEN --install"]) {
    const { code, stderr } = await runInMemory(line.split(" "), {
      env,
      install: () => assert.fail("it was installed"),
      join: () => assert.fail("it has joined"),
    });
    assert.equal(code, 2, line);
    assert.match(stderr, /fix: {2}Unset KHUTULUN_ROOT/);
  }
});
