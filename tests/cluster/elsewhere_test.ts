import assert from "node:assert/strict";
import { eventuallyDone, StartedCluster } from "../support/started_cluster.ts";

/** A job that fails at once, on a host that is named, and is started three times at most. */
const template = (command: string) =>
  `tosca_definitions_version: tosca_2_0
imports:
- profile: org.khutulun:1.0
service_template:
  node_templates:
    job:
      type: Process
      properties:
        command: [sh, -c, "${command}"]
        restart_delay: 100 ms
  policies:
  - there:
      type: Placement
      properties: { hosts: [beta] }
      targets: [job]
  - calm:
      type: Restart
      properties: { limit: 3, within: 1 h }
      targets: [job]
`;

Deno.test("what fails on another host is told at once where it was asked for, and started no more than its policy allows", async () => {
  await StartedCluster.with(["alpha", "beta"], async (cluster) => {
    const alpha = cluster.of("alpha");
    const beta = cluster.of("beta");
    const starts = `${beta.directory}/starts`;
    const source = await alpha.write(
      "job/service.yaml",
      template(`echo once >>${starts}; echo no such table >&2; exit 3`),
    );
    const seen = `${alpha.directory}/seen`;
    await alpha.run(["event", "list", "--watch"], {
      through: ["sh", "-c", `exec "$@" >${seen}`, "sh"],
      during: async (child) => {
        const deployed = await alpha.run(["service", "deploy", "job", source, "--timeout", "2m"]);
        assert.equal(deployed.code, 1, deployed.stderr);
        assert.match(deployed.stderr, /AGENT_INSTANCE_FAILED/);
        assert.match(deployed.stderr, /"job-0" has failed on host "beta"/);
        assert.match(deployed.stderr, /no such table/);
        const why = async () => (await alpha.run(["why", "job-0"])).stdout;
        const givenUp = /not started again: policy "calm" allows 3 starts within 1h/;
        await eventuallyDone(async () => givenUp.test(await why()));
        // What another host wrote is seen by who watches here.
        const told = /^\S+ {2}beta {2}(default\/)?job {2}job-0 {2}failed {2}/m;
        await eventuallyDone(async () => told.test(await Deno.readTextFile(seen)));
        child.kill("SIGINT");
      },
    });
    const text = await Deno.readTextFile(starts);
    assert.equal(text, "once\n".repeat(3));
    const gone = await alpha.run(["service", "delete", "job"]);
    assert.equal(gone.code, 0, gone.stderr);
  });
});
