import assert from "node:assert/strict";
import { fakeAgent, serveInMemory } from "../../tests/support/fake_agent.ts";
import { runInMemory } from "../../tests/support/fake_surroundings.ts";
import type { SeedOptions } from "./surroundings.ts";

Deno.test("cluster token create prints the token alone on standard output", async () => {
  const connection = serveInMemory(fakeAgent());
  const { stdout, stderr, code } = await runInMemory(
    ["cluster", "token", "create", "--single-use", "--ttl", "5m"],
    { connection },
  );
  assert.deepEqual([code, stdout], [0, "kht1_word\n"]);
  assert.match(stderr, /khutulun join TOKEN/);
});

Deno.test("join takes a token from a file, joins, then runs the agent", async () => {
  const asked: unknown[] = [];
  const { code, stderr } = await runInMemory(
    ["join", "@token.txt", "--state", "/mnt/shared", "--root", "/r"],
    {
      files: { "token.txt": "kht1_word\n" },
      join(options) {
        asked.push(options);
        return Promise.resolve({ host: "beta", cluster: "home", by: "alpha" });
      },
      seed(options: SeedOptions) {
        asked.push(options);
        return Promise.resolve(0);
      },
    },
  );
  assert.equal(code, 0);
  assert.deepEqual(asked, [
    {
      token: "kht1_word\n",
      state: "/mnt/shared",
      root: "/r",
      address: undefined,
      mode: undefined,
    },
    { root: "/r", mode: undefined },
  ]);
  assert.match(stderr, /Host "beta" is of cluster "home" now/);
});

Deno.test("secret set takes the value from standard input less one line break, or from a file as it is", async () => {
  const sent: string[] = [];
  const agent = fakeAgent();
  const setSecret = agent.trust.setSecret;
  const trust = {
    ...agent.trust,
    setSecret: (...args: Parameters<typeof setSecret>) => {
      sent.push(atob(args[1].base64));
      return setSecret(...args);
    },
  };
  const connection = serveInMemory(fakeAgent({ trust }));
  const world = { connection, stdin: "from a pipe\n\n", files: { "v.txt": "from a file\n" } };
  assert.equal((await runInMemory(["secret", "set", "db"], world)).code, 0);
  assert.equal((await runInMemory(["secret", "set", "db", "--file", "v.txt"], world)).code, 0);
  assert.deepEqual(sent, ["from a pipe\n", "from a file\n"]);
  const empty = await runInMemory(["secret", "set", "db"], { connection });
  assert.deepEqual([empty.code, /CLI_USAGE/.test(empty.stderr)], [2, true]);
  const large = await runInMemory(["secret", "set", "db"], {
    connection,
    stdin: "x".repeat(70_000),
  });
  assert.match(large.stderr, /CLI_FILE/);
  const argument = await runInMemory(["secret", "set", "db", "value"], { connection });
  assert.equal(argument.code, 2, "no value is taken from an argument");
});

Deno.test("secret show tells the value with --reveal alone", async () => {
  const connection = serveInMemory(fakeAgent());
  const plain = await runInMemory(["secret", "show", "db"], { connection });
  assert(!plain.stdout.includes("correct horse"));
  const revealed = await runInMemory(["secret", "show", "db", "--reveal"], { connection });
  assert.equal(revealed.stdout, "correct horse");
});

Deno.test("context create keeps the key here; --context speaks to that cluster", async () => {
  const connection = serveInMemory(fakeAgent());
  const made = await runInMemory(["context", "create", "laptop"], { connection });
  const text = made.written.get("contexts/laptop")!;
  assert.deepEqual(JSON.parse(text), {
    format: 1,
    name: "laptop",
    certificate: "certificate",
    authority: "authority",
    cluster: { id: "0123", name: "home" },
    endpoints: ["10.0.0.1:7947"],
    privateKey: "key",
  });
  const contexts = { laptop: connection };
  for (const words of [["--context", "laptop"], ["--context=laptop"]]) {
    const { stdout } = await runInMemory([...words, "host", "list", "-o", "name"], { contexts });
    assert.match(stdout, /^alpha/);
  }
});

Deno.test("context add refuses what is no context, and create refuses names that lead elsewhere", async () => {
  const files = { "c.json": "{}", "d.json": "no json" };
  for (const file of Object.keys(files)) {
    const { code, stderr, written } = await runInMemory(["context", "add", file], { files });
    assert.deepEqual([code, written.size], [3, 0]);
    assert.match(stderr, /CLI_FILE/);
  }
  for (const name of ["none", "../x", "", "a/b"]) {
    const { code } = await runInMemory(["context", "create", name], {});
    assert.equal(code, 2, name);
  }
});

Deno.test("cluster key list, token list, secret list and audit show rows", async () => {
  const agent = fakeAgent();
  const connection = serveInMemory(agent);
  const shown = async (...words: string[]) => (await runInMemory(words, { connection })).stdout;
  assert.match(
    await shown("cluster", "key", "list"),
    /0123456789ab \(in use\)[^]*beta +\? +No answer/,
  );
  assert.match(await shown("cluster", "token", "list"), /ab12cd34 +usable/);
  assert.match(await shown("cluster", "token", "revoke", "ab12cd34"), /revoked/);
  assert.match(await shown("secret", "list"), /default +db/);
  assert.match(await shown("audit"), /admin:local +socket +revokeToken +token\/ab12cd34 +done/);
});
