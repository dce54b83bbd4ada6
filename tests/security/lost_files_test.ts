/** A host that has lost files of its own: it mends what can be mended, and says what leads out of the rest. */
import assert from "node:assert/strict";
import type { HostView } from "../../core/api/mod.ts";
import { eventuallyDone, StartedCluster } from "../support/started_cluster.ts";

Deno.test("a host that has lost files of its own comes back by itself, or by what it says", async () => {
  await StartedCluster.with(["alpha", "beta"], async (cluster) => {
    const [alpha, beta] = ["alpha", "beta"].map((host) => cluster.of(host));
    const env = { KHUTULUN_HOST: "beta" };
    const [config, trust] = [`${beta.directory}/etc/agent.yaml`, `${beta.directory}/var/trust`];
    const value = await alpha.write("value", "hidden");
    assert.equal((await alpha.run(["secret", "set", "word", "--file", value])).code, 0);
    const hasSecret = async () =>
      (await beta.run(["secret", "show", "word", "--reveal"])).stdout === "hidden";

    // What says of which cluster it is: no other is made with the authority of that one.
    await beta.stop();
    await Deno.writeTextFile(config, "host: beta\n");
    const damaged = await beta.run(["seed"], { env });
    assert.match(damaged.stderr, /STATE_DAMAGED[^]*move the file away.*seed --state DIR/);
    await Deno.remove(config);
    const other = await beta.run(["seed"], { env });
    assert.match(other.stderr, /TRUST_HOST_BELONGS[^]*khutulun seed --state DIR.* rm -rf /);
    assert.deepEqual([...Deno.readDirSync(`${beta.directory}/etc`)], []);
    await beta.launch(["seed", "--state", cluster.state, "--address", "127.0.0.1"], { env });
    await cluster.untilAllAlive();

    // All that the authority can make anew.
    await beta.stop();
    await Deno.writeTextFile(`${trust}/gossip.keys`, "");
    await Deno.writeTextFile(`${trust}/seal.json`, '{"privateKey":');
    await Deno.remove(`${trust}/host.pem`);
    await cluster.start("beta");
    await cluster.untilAllAlive();
    await eventuallyDone(hasSecret);

    // The authority itself: nothing but a backup or another join helps, once the others take the host for dead.
    await beta.stop("SIGKILL");
    await Deno.writeTextFile(`${trust}/ca.key`, "");
    const refused = await beta.run(["seed"], { env });
    assert.match(refused.stderr, /TRUST_CERTIFICATE_INVALID[^]*join again: .* khutulun join TOKEN/);
    await eventuallyDone(async () => {
      const hosts: HostView[] = await alpha.ask("host", "list");
      return hosts.some(({ name, liveness }) => name === "beta" && liveness === "dead");
    });
    await cluster.join("beta");
    await cluster.untilAllAlive();
    await eventuallyDone(hasSecret);
  });
});
