import assert from "node:assert/strict";
import { Client, type HostView } from "../../core/api/mod.ts";
import { parseEndpoint } from "../../core/base/mod.ts";
import { connectByTls } from "../../core/platform/tls/mod.ts";
import { clusterServerName, parseToken } from "../../core/trust/mod.ts";
import { eventuallyDone, StartedCluster } from "../support/started_cluster.ts";
import { anAuthority } from "../support/trust_material.ts";

const template = `tosca_definitions_version: tosca_2_0
imports:
- profile: org.khutulun:1.0
service_template:
  node_templates:
    job:
      type: Process
      properties:
        command: [sh, -c, "echo hello from the job; exec sleep 1000"]
`;

Deno.test("a context does far away what the agent's socket does here, as long as it is good", async () => {
  await StartedCluster.with(["alpha", "beta"], async (cluster) => {
    const alpha = cluster.of("alpha");
    const config = await Deno.makeTempDir({ prefix: "khutulun-test-" });
    // Another person's machine: it has no agent, and contexts of its own.
    const env = { XDG_CONFIG_HOME: config, KHUTULUN_ROOT: "" };
    const far = async (...words: string[]) => await alpha.run(words, { env });
    const good = async (...words: string[]) => {
      const { code, stdout, stderr } = await far(...words);
      assert.equal(code, 0, `${words.join(" ")}: ${stderr}`);
      return stdout;
    };
    try {
      const file = `${alpha.directory}/laptop.json`;
      const made = await alpha.run(["context", "create", "laptop", "--to", file]);
      assert.equal(made.code, 0, made.stderr);
      assert.equal(Deno.statSync(file).mode! & 0o777, 0o600);
      await good("context", "add", file);
      assert.match(await good("context", "list"), /laptop +alpha/);

      const source = await alpha.write("job/service.yaml", template);
      await good("--context", "laptop", "service", "deploy", "job", source);
      const logs = await good("--context", "laptop", "service", "logs", "job");
      assert.match(logs, /hello from the job/);
      const ran = await far(
        "--context",
        "laptop",
        "service",
        "exec",
        "job",
        "job-0",
        "--",
        "sh",
        "-c",
        "echo out; exit 3",
      );
      assert.deepEqual([ran.code, ran.stdout], [3, "out\n"]);
      await good("context", "use", "laptop");
      assert.match(await good("host", "list", "-o", "name"), /alpha\nbeta/);

      // Any host that the context names will do.
      await cluster.of("beta").stop();
      assert.match(await good("service", "list", "-o", "name"), /job/);
      await good("service", "delete", "job");
      const audit = await alpha.run(["audit", "--limit", "200"]);
      assert.match(audit.stdout, /admin:laptop +127\.0\.0\.1 +deploy +service\/default\/job +done/);

      // One whose time is over, and one of another cluster.
      await alpha.run(["context", "create", "short", "--ttl", "1s", "--to", `${file}.short`]);
      await good("context", "add", `${file}.short`);
      await eventuallyDone(async () =>
        (await far("--context", "short", "host", "list")).code !== 0
      );
      const late = await far("--context", "short", "host", "list");
      assert.deepEqual([late.code, /TRUST_CERTIFICATE_EXPIRED/.test(late.stderr)], [6, true]);
      const context = JSON.parse(await Deno.readTextFile(file));
      const other = { ...context, name: "other", authority: (await anAuthority()).certificate };
      await Deno.writeTextFile(`${file}.other`, JSON.stringify(other));
      await good("context", "add", `${file}.other`);
      const wrong = await far("--context", "other", "host", "list");
      assert.match(wrong.stderr, /^TRUST_WRONG_AUTHORITY/);
      const unknown = await far("--context", "laptpo", "host", "list");
      assert.match(unknown.stderr, /^TRUST_CONTEXT_UNKNOWN/);
      assert.match(await good("context", "remove", "laptop"), /gone/);
      await cluster.start("beta");
    } finally {
      await Deno.remove(config, { recursive: true });
    }
  });
});

Deno.test("a host leaves when nothing is on it, and joins again; one whose clock is off does not join", async () => {
  await StartedCluster.with(["alpha", "beta"], async (cluster) => {
    const alpha = cluster.of("alpha");
    const beta = cluster.of("beta");
    await alpha.write("job/service.yaml", template);
    await alpha.run(["host", "cordon", "alpha"]);
    const source = `${alpha.directory}/job/service.yaml`;
    const deployed = await alpha.run(["service", "deploy", "job", source]);
    assert.equal(deployed.code, 0, deployed.stderr);
    const busy = await beta.run(["leave"]);
    assert.match(busy.stderr, /TRUST_HOST_USED[^]*job-0[^]*host drain beta/);
    await alpha.run(["service", "delete", "job"]);
    const left = await beta.run(["leave"]);
    assert.equal(left.code, 0, left.stderr);
    await eventuallyDone(async () => (await beta.run(["host", "list"])).code !== 0);
    assert.equal(await Deno.stat(`${beta.directory}/var/trust`).catch(() => undefined), undefined);
    const alone = await alpha.run(["leave"]);
    assert.match(alone.stderr, /TRUST_HOST_USED[^]*last live host/);

    const hosts: HostView[] = await alpha.ask("host", "list");
    const api = parseEndpoint(hosts.find(({ name }) => name === "alpha")!.api)!;
    const token = parseToken(await cluster.token(), Date.now());
    const authority = await Deno.readTextFile(`${alpha.directory}/var/trust/ca.crt`);
    const stranger = new Client(connectByTls({
      endpoints: [api],
      serverName: clusterServerName(token.cluster),
      credentials: { authority },
    }));
    const body = {
      token: token.id,
      secret: token.secret,
      host: "gamma",
      cluster: token.cluster,
      proof: "0".repeat(32),
      nowMs: Date.now() - 3_600_000,
    };
    await assert.rejects(
      stranger.call("join", { body }),
      (error) => (error as { problems: { code: string }[] }).problems[0].code === "TRUST_CLOCK_OFF",
    );

    await beta.stop();
    await cluster.join("beta");
    await cluster.untilAllAlive();
  });
});
