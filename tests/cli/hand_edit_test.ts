/** What people do to the state with an editor: told by doctor, with how to take it back. */
import assert from "node:assert/strict";
import { StartedAgent } from "../support/started_agent.ts";

const template = `tosca_definitions_version: tosca_2_0
imports:
- profile: org.khutulun:1.0
service_template:
  inputs: {seconds: {type: string, default: "1000"}}
  node_templates:
    web: {type: Process, properties: {command: [sleep, {$get_input: seconds}]}}
`;

Deno.test("doctor names documents that were edited by hand, and how to take the edit back", async () => {
  const agent = await StartedAgent.prepare();
  try {
    await agent.start();
    const path = await agent.write("in/a.yaml", template);
    assert.equal((await agent.run(["service", "deploy", "a", path])).code, 0);
    assert.match((await agent.run(["doctor"])).stdout, /^hand edits +ok /m);

    const folder = `${agent.directory}/state/namespaces/default/service/a`;
    const document = `${folder}/service.1`;
    const written = await Deno.readTextFile(document);
    await Deno.writeTextFile(document, written.replace("by:", "by: somebody-else #"));
    const { code, stdout } = await agent.run(["doctor"]);
    assert.equal(code, 0, stdout);
    assert.ok(stdout.includes(`"${document}" was edited by hand, and counts as it is now`), stdout);
    const [, command] = /^To mend "hand edits": Take it back: (.*)$/m.exec(stdout) ?? [];
    const done = await new Deno.Command("sh", { args: ["-c", command] }).output();
    assert.ok(done.success);
    assert.equal(await Deno.readTextFile(document), written);
    assert.match((await agent.run(["doctor"])).stdout, /^hand edits +ok /m);

    await Deno.writeTextFile(document, "format: [");
    const broken = await agent.run(["doctor"]);
    assert.equal(broken.code, 1, broken.stdout);
    assert.match(broken.stdout, /^services +failed +Cannot understand "[^"]*service\.1"/m);
    await Deno.writeTextFile(document, written);
  } finally {
    await agent.close();
  }
});
