/** A user whom no systemd manager serves, as in a shell made by su, sudo or ssh: told why, and what mends it. */
import assert from "node:assert/strict";
import { testWith } from "../support/needs.ts";
import { StartedAgent } from "../support/started_agent.ts";

/** Runs a command where systemd is the init and this user has no runtime directory: in a `/run` of its own. */
const without = [
  ...["unshare", "--mount", "sh", "-c"],
  'mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system && exec "$@"',
  "sh",
];

async function withAgent(
  test: (agent: StartedAgent, env: Readonly<Record<string, string>>) => Promise<void>,
): Promise<void> {
  const agent = await StartedAgent.prepare();
  try {
    await agent.write("bin/systemctl", "#!/bin/sh\nexit 1\n");
    await agent.write("home/.keep", "");
    await Deno.chmod(`${agent.directory}/bin/systemctl`, 0o755);
    const path = `${Deno.env.get("PATH")}:${agent.directory}/bin`;
    const cache = Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`;
    await test(agent, { PATH: path, XDG_RUNTIME_DIR: "/run/user/0", DENO_DIR: cache });
  } finally {
    await agent.close();
  }
}

testWith(
  ["root", "unshare"],
  "seed --install refuses without a user bus, and names linger",
  () =>
    withAgent(async (agent, env) => {
      const home = `${agent.directory}/home`;
      const { code, stderr } = await agent.run(["seed", "--install", "--mode", "user"], {
        through: without,
        env: { ...env, HOME: home, KHUTULUN_ROOT: "" }, // an installed agent has the usual places
      });
      assert.equal(code, 1, stderr);
      assert.match(stderr, /^AGENT_INSTALL\n/);
      assert.match(stderr, /why: {2}User "root" has no runtime directory \(\/run\/user\/0\)/);
      assert.match(
        stderr,
        /fix: {2}Run, as root: loginctl enable-linger root; or run the agent in the foreground: khutulun seed\n/,
      );
      assert.deepEqual([...Deno.readDirSync(home)].map(({ name }) => name), [".keep"]);
    }),
);

testWith(
  ["root", "unshare"],
  "seed without a user bus supervises by itself, and its log and doctor name linger",
  () =>
    withAgent(async (agent, env) => {
      await agent.startWith({ through: without, env }, "--mode", "user");
      for (let left = 600; !/loginctl enable-linger root/.test(await agent.log()); left--) {
        assert.ok(left > 0, await agent.log());
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const { code, stdout } = await agent.run(["doctor"]);
      assert.equal(code, 0, stdout);
      assert.match(stdout, /no runtime directory/);
      assert.match(stdout, /^To mend "machine": Run, as root: loginctl enable-linger root$/m);
      const hosts = await agent.ask("host", "list");
      assert.equal(hosts[0].systemd, "none");
    }),
);
