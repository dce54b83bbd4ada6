import assert from "node:assert/strict";
import { formatToken, type JoinToken, parseToken } from "../../core/trust/mod.ts";
import { StartedCluster } from "../support/started_cluster.ts";
import { anAuthority } from "../support/trust_material.ts";

Deno.test("join refuses each wrong token and place with one problem, and leaves nothing behind", async () => {
  await StartedCluster.with(["alpha"], async (cluster) => {
    const beta = await cluster.prepare("beta");
    const token = parseToken(await cluster.token(), Date.now());
    const other = await anAuthority();
    const word = (parts: Partial<JoinToken>) => formatToken({ ...token, ...parts });
    const cases: readonly [code: string, token: string, ...args: string[]][] = [
      ["TRUST_TOKEN_INVALID", "kht1_cut"],
      ["TRUST_TOKEN_EXPIRED", word({ expiresMs: Date.now() - 1_000 })],
      ["STATE_OTHER_CLUSTER", word({ cluster: "f".repeat(32) })],
      ["TRUST_WRONG_AUTHORITY", word({ authority: other.facts.fingerprint })],
      ["TRUST_TOKEN_REFUSED", word({ secret: "wrong" })],
      ["TRUST_TOKEN_REFUSED", word({ id: "00000000" })],
      ["API_UNREACHABLE", word({ endpoints: ["127.0.0.1:1"] })],
      ["STATE_MISSING", word({}), "--state", `${cluster.state}/nowhere`],
      ["TRUST_STATE_DIFFERS", word({}), "--state", `${beta.directory}/copy`],
    ];
    const copied = await new Deno.Command("cp", {
      args: ["-r", cluster.state, `${beta.directory}/copy`],
    }).output();
    assert.ok(copied.success);
    for (const [code, each, ...args] of cases) {
      const { code: exit, stderr } = await cluster.tryJoin("beta", each, ...args);
      assert.notEqual(exit, 0);
      assert.equal(stderr.match(/\b[A-Z]+_[A-Z_]+$/gm)?.join(), code, stderr);
      assert.match(stderr, /^ {2}fix: /m);
    }
    const taken = await cluster.of("beta").run(["join", word({})], {
      env: { KHUTULUN_HOST: "alpha" },
    });
    assert.match(taken.stderr, /AGENT_NAME_ALIVE/);
    const trust = await Deno.stat(`${beta.directory}/var/trust`).catch(() => undefined);
    const config = await Deno.stat(`${beta.directory}/etc/agent.yaml`).catch(() => undefined);
    assert.deepEqual([trust, config], [undefined, undefined]);
    const names = [...Deno.readDirSync(cluster.state)].map(({ name }) => name);
    assert.deepEqual(names.filter((name) => name.startsWith(".join")), []);
    await cluster.join("beta");
    const again = await cluster.tryJoin("beta", word({}));
    assert.match(again.stderr, /TRUST_HOST_BELONGS/);
    await cluster.untilAllAlive();
  });
});

Deno.test("a token for one use lets one host in; one that is revoked lets nobody in", async () => {
  await StartedCluster.with(["alpha"], async (cluster) => {
    const alpha = cluster.of("alpha");
    const word = await cluster.token("--single-use");
    const beta = await cluster.prepare("beta");
    await beta.launch(["join", word, "--address", "127.0.0.1"], { env: { KHUTULUN_HOST: "beta" } });
    await cluster.prepare("gamma");
    assert.match((await cluster.tryJoin("gamma", word)).stderr, /TRUST_TOKEN_USED/);
    const other = await cluster.token();
    const { id } = parseToken(other, Date.now());
    await alpha.run(["cluster", "token", "revoke", id]);
    assert.match((await cluster.tryJoin("gamma", other)).stderr, /TRUST_TOKEN_REFUSED/);
    const states = (await alpha.ask("cluster", "token", "list"))
      .map(({ state }: { state: string }) => state).sort();
    assert.deepEqual(states, ["revoked", "used"]);
  });
});

Deno.test("a host that has left, or has tried to seed what is there already, joins as if nothing had been", async () => {
  await StartedCluster.with(["alpha", "beta"], async (cluster) => {
    const beta = cluster.of("beta");
    const env = { KHUTULUN_HOST: "beta" };
    assert.equal((await beta.run(["leave"])).code, 0);
    await beta.stop();
    // The unit of an installed agent starts it again.
    const again = await beta.run(["seed", "--state", cluster.state], { env });
    assert.match(again.stderr, /AGENT_ALREADY_SEEDED[^]*khutulun join TOKEN/);
    assert.deepEqual([...Deno.readDirSync(`${beta.directory}/etc`)], []);
    // One that fails later has written that it was begun.
    await beta.write("photos/one.jpg", "x");
    const strange = await beta.run(["seed", "--state", `${beta.directory}/photos`], { env });
    assert.match(strange.stderr, /STATE_NOT_A_CLUSTER/);
    await cluster.join("beta");
    await cluster.untilAllAlive();
    assert.deepEqual([...Deno.readDirSync(`${beta.directory}/etc`)].map(({ name }) => name), [
      "agent.yaml",
    ]);
    await beta.stop();
    await cluster.start("beta");
    await cluster.untilAllAlive();
  });
});
