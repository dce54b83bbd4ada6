/** Secrets of a workload that runs as another user than the agent, with real users. */
import assert from "node:assert/strict";
import { SecretFiles } from "../../core/agent/trust/secret_files.ts";
import { LocalFiles } from "../../core/platform/mod.ts";
import type { Processes } from "../../core/ports/mod.ts";
import { item } from "../support/plugin_requests.ts";
import { testWith } from "../support/needs.ts";

const user = 65_534;

/** A host on which every name is that user's. */
const oneUser = {
  run: () =>
    Promise.resolve({ exit: 0, stdout: `n:x:${user}:${user}::/:`, stderr: "", truncated: false }),
} as Partial<Processes> as Processes;

testWith(
  ["root", "setpriv"],
  "provide() lets another user read its secrets where only the agent's could, and change nothing",
  async () => {
    const runtime = await Deno.makeTempDir({ prefix: "khutulun-test-" });
    try {
      const secrets = new SecretFiles({
        files: new LocalFiles(),
        processes: oneUser,
        runtime,
        open: () => Promise.resolve(new TextEncoder().encode("value")),
      });
      const web = item({
        id: "web-0",
        types: ["org.khutulun:1.0::Process"],
        properties: { secrets: { KEY_FILE: "key" }, user: "n" },
      });
      const directory = `${runtime}/secrets/${web.name}`;
      // As it was made before, for the workload's user to change.
      await Deno.mkdir(`${runtime}/secrets`, { mode: 0o700 });
      await Deno.mkdir(directory, { mode: 0o700 });
      await Deno.chown(directory, user, user);
      assert.equal((await secrets.provide([web])).size, 0);

      assert.equal(await asUser(["cat", `${directory}/key`]), "value");
      const attempts = [
        ["ls", directory],
        ["ls", runtime],
        ["rm", "-f", `${directory}/key`],
        ["mkfifo", `${directory}/pipe`],
        ["mkdir", `${directory}/folder`],
        ["chmod", "0777", directory],
      ];
      for (const argv of attempts) assert.equal(await asUser(argv), undefined, argv.join(" "));

      await secrets.provide([{ ...web, want: "absent" }]);
      assert.deepEqual([...Deno.readDirSync(`${runtime}/secrets`)], []);
    } finally {
      await Deno.remove(runtime, { recursive: true });
    }
  },
);

/** Returns what a command of that user's says; nothing where it fails. */
async function asUser(argv: readonly string[]): Promise<string | undefined> {
  const ids = [`--reuid=${user}`, `--regid=${user}`, "--clear-groups"];
  const command = new Deno.Command("setpriv", { args: [...ids, ...argv], stderr: "null" });
  const { success, stdout } = await command.output();
  return success ? new TextDecoder().decode(stdout) : undefined;
}
