import assert from "node:assert/strict";
import { Client, type DoctorFinding, type HostView, type KeysView } from "../../core/api/mod.ts";
import { parseEndpoint } from "../../core/base/mod.ts";
import { connectByTls } from "../../core/platform/tls/mod.ts";
import { hostServerName } from "../../core/trust/mod.ts";
import { eventuallyDone, StartedCluster } from "../support/started_cluster.ts";

/** Copies what a host shows and trusts, as a thief would. */
async function stolen(directory: string) {
  const pem = await Deno.readTextFile(`${directory}/var/trust/host.pem`);
  const at = pem.indexOf("-----BEGIN PRIVATE KEY-----");
  return {
    authority: await Deno.readTextFile(`${directory}/var/trust/ca.crt`),
    certificate: pem.slice(0, at),
    privateKey: pem.slice(at),
  };
}

Deno.test("what was revoked is refused by all hosts: a context, and a host that was removed, until it joins again", async () => {
  await StartedCluster.with(["alpha", "beta", "gamma"], async (cluster) => {
    const [alpha, beta, gamma] = ["alpha", "beta", "gamma"].map((name) => cluster.of(name));
    const file = `${alpha.directory}/laptop.json`;
    const made = await alpha.run(["context", "create", "laptop", "--to", file]);
    assert.equal(made.code, 0, made.stderr);
    const { cluster: { id }, certificate, privateKey, authority } = JSON.parse(
      await Deno.readTextFile(file),
    );
    const hosts: HostView[] = await alpha.ask("host", "list");
    const by = (host: string, credentials: Awaited<ReturnType<typeof stolen>>) =>
      new Client(connectByTls({
        endpoints: [parseEndpoint(hosts.find(({ name }) => name === host)!.api)!],
        serverName: hostServerName(id, host),
        credentials,
      }));
    const laptop = { certificate, privateKey, authority };
    const refusal = (client: Client) =>
      client.call("hosts", {}).then(
        () => "none",
        (error) => (error as { problems: { code: string }[] }).problems[0].code,
      );
    assert.equal(await refusal(by("beta", laptop)), "none");
    const revoked = await alpha.run(["context", "revoke", "laptop"]);
    assert.equal(revoked.code, 0, revoked.stderr);
    assert.match(revoked.stdout, /3 of 3 hosts know/);
    for (const each of ["alpha", "beta", "gamma"]) {
      assert.equal(await refusal(by(each, laptop)), "TRUST_CERTIFICATE_REVOKED", each);
    }
    const audit = await beta.run(["audit", "--limit", "50"]);
    assert.match(audit.stdout, /nobody +127\.0\.0\.1 +GET \/v1\/host .*TRUST_CERTIFICATE_REVOKED/);
    const again = await alpha.run(["context", "create", "laptop", "--to", `${file}.new`]);
    assert.equal(again.code, 0, again.stderr);
    const anew = JSON.parse(await Deno.readTextFile(`${file}.new`));
    assert.equal(await refusal(by("gamma", anew)), "none");

    // A host that is removed: what is on its disk opens nothing any more.
    const keys: KeysView = await alpha.ask("cluster", "key", "list");
    const loot = await stolen(gamma.directory);
    assert.equal(await refusal(by("alpha", loot)), "none");
    await gamma.stop("SIGKILL");
    await eventuallyDone(async () => (await alpha.run(["host", "remove", "gamma"])).code === 0);
    assert.equal(await refusal(by("alpha", loot)), "TRUST_CERTIFICATE_REVOKED");
    assert.equal(await refusal(by("beta", loot)), "TRUST_CERTIFICATE_REVOKED");
    const after: KeysView = await beta.ask("cluster", "key", "list");
    assert.notEqual(after.keys[0].id, keys.keys[0].id, "the gossip has another key");
    assert.deepEqual(after.revoked.map(({ role, name }) => `${role} ${name}`), [
      "admin laptop",
      "host gamma",
    ]);

    // Started again it is told, and so are the others; nothing but leaving and joining helps.
    await cluster.start("gamma");
    const finding = async (agent: typeof alpha, check: string) => {
      const { stdout } = await agent.run(["doctor", "-o", "json"]); // fails where something is wrong
      const findings: DoctorFinding[] = JSON.parse(stdout);
      return findings.find((each) => each.check === check && each.status !== "ok");
    };
    await eventuallyDone(async () => await finding(gamma, "certificate") !== undefined);
    const told = (await finding(gamma, "certificate"))!;
    assert.match(told.message, /^Other hosts refuse this one: .* was removed from the cluster$/);
    assert.match(told.fix!, /khutulun leave there, then khutulun join/);
    assert.match((await finding(alpha, "removed hosts"))!.message, /^Host "gamma" was removed/);
    const left = await gamma.run(["leave"]);
    assert.equal(left.code, 0, left.stderr);
    await eventuallyDone(async () => {
      const listed: HostView[] = await alpha.ask("host", "list");
      return listed.find(({ name }) => name === "gamma")?.liveness === "dead";
    });

    // Let in again it shows what was made after that, and both sides take it.
    await cluster.join("gamma");
    await cluster.untilAllAlive();
    const last: KeysView = await alpha.ask("cluster", "key", "list");
    assert.deepEqual(last.hosts.filter(({ generation }) => generation === undefined), []);
    const back: KeysView = await gamma.ask("cluster", "key", "list");
    assert.deepEqual(back.hosts.filter(({ generation }) => generation === undefined), []);
  });
});
