/** A plugin of one's own, registered and used through the command line: what it may look up, and what it may not import. */
import assert from "node:assert/strict";
import { StartedAgent } from "../support/started_agent.ts";
import { compileGuest } from "../support/plugins.ts";
import { name, parts, section, wasmModule } from "../support/wasm_builder.ts";

const manifest = (sees: string) =>
  `name: census
version: 0.1.0
contract: 1
description: Counts the processes of its namespace
realises:
  nodes: ["org.example.census:1.0::Census"]
${sees}`;

const guest = `import { Answer, Json, lookup, Plugin, Query, Request, serve } from "../kit/mod";

class Census extends Plugin {
  describe(): string {
    return "Counts processes";
  }

  override reconcile(request: Request): Answer[] {
    return this.observe(request);
  }

  override observe(request: Request): Answer[] {
    const answers: Answer[] = [];
    for (let i = 0; i < request.items.length; i++) {
      const query = new Query();
      query.service = request.items[i].properties.at("of").asText();
      query.type = "org.khutulun:1.0::Process";
      const found = lookup(query);
      const names: string[] = [];
      for (let f = 0; f < found.length; f++) {
        const command = found[f].properties.at("command").asTexts();
        const unit = found[f].attributes.textOr("unit", "");
        names.push(found[f].service + "/" + found[f].id + " " + command[1] + " " + unit);
      }
      const answer = new Answer(request.items[i].id).attribute("found", Json.text(names.join(", ")));
      answers.push(answer.phase("ready").owned([]));
    }
    return answers;
  }

  override remove(request: Request): Answer[] {
    const answers: Answer[] = [];
    for (let i = 0; i < request.items.length; i++) {
      answers.push(new Answer(request.items[i].id).phase("absent").owned([]));
    }
    return answers;
  }
}

export function call(): i32 {
  return serve(new Census());
}
`;

const profile = `tosca_definitions_version: tosca_2_0
profile: org.example.census:1.0
node_types:
  Census:
    properties: {of: {type: string}}
    attributes: {found: {type: string}}
`;

const template = (seconds: number, of?: string) =>
  `tosca_definitions_version: tosca_2_0
imports:
- profile: org.khutulun:1.0
- {profile: org.example.census:1.0, namespace: census}
service_template:
  node_templates:
    web: {type: Process, properties: {command: [sleep, "${seconds}"]}}
${of === undefined ? "" : `    census: {type: "census:Census", properties: {of: "${of}"}}\n`}`;

async function withCensus(
  test: (agent: StartedAgent, register: (sees: string) => Promise<string>) => Promise<void>,
): Promise<void> {
  const agent = await StartedAgent.prepare();
  try {
    await agent.start();
    const path = await agent.write("in/profile/census.yaml", profile);
    assert.equal((await agent.run(["profile", "register", path])).code, 0);
    const wasm = await compileGuest(guest);
    await test(agent, async (sees) => {
      const folder = `${agent.directory}/in/plugin`;
      await agent.write("in/plugin/plugin.yaml", manifest(sees));
      await Deno.writeFile(`${folder}/plugin.wasm`, wasm);
      const { code, stdout, stderr } = await agent.run(["plugin", "register", folder]);
      assert.equal(code, 0, stderr);
      return stdout + stderr;
    });
  } finally {
    await agent.close();
  }
}

Deno.test("a plugin looks up instances of its own service as planned, and of others as they are", () =>
  withCensus(async (agent, register) => {
    assert.match(
      await register("sees: namespace\n"),
      /may look up: instances of every service of its namespace/,
    );
    const deploy = async (service: string, text: string) => {
      const path = await agent.write(`in/${service}.yaml`, text);
      const { code, stderr } = await agent.run(["service", "deploy", service, path]);
      assert.equal(code, 0, stderr);
    };
    const found = async (service: string) => {
      const all = await agent.ask("instance", "list", service);
      return all.find((each: { id: string }) => each.id === "census-0").attributes.found;
    };
    await deploy("other", template(2001));
    await deploy("shop", template(1001, "*"));
    assert.match(await found("shop"), /^other\/web-0 2001 .*, shop\/web-0 1001 /);
    await deploy("shop", template(1001, "other"));
    assert.match(await found("shop"), /^other\/web-0 2001 [^,]*other\.web-0[^,]*$/);
    await deploy("shop", template(1001, "shop"));
    assert.match(await found("shop"), /^shop\/web-0 1001 [^,]*$/);
  }));

Deno.test("a plugin sees no further than its manifest says, and the deploy says so", () =>
  withCensus(async (agent, register) => {
    const path = await agent.write("in/a.yaml", template(1001, "*"));
    const refused = async (sees: string, why: RegExp) => {
      await register(sees);
      const { code, stderr } = await agent.run(["service", "deploy", "shop", path]);
      assert.equal(code, 1, stderr);
      assert.match(stderr, /PLUGIN_PERMISSION\n {2}what: Plugin "census" cannot \w+ "census-0"\n/);
      assert.match(stderr, why);
    };
    await refused("", /fix: {2}Declare "sees: service" in its manifest/);
    await refused(
      "sees: service\n",
      /every service of the namespace\n {2}fix: .*"sees: namespace"/,
    );
  }));

Deno.test("plugin register refuses a module that imports what no host offers, and stores nothing", () =>
  withCensus(async (agent) => {
    const before = await agent.state();
    const folder = `${agent.directory}/in/plugin`;
    await agent.write("in/plugin/plugin.yaml", manifest(""));
    const imports = section(2, 1, ...name("extism:host/user"), ...name("propose"), 0, 0);
    const wasm = wasmModule(parts.types, imports, parts.functions, parts.memory, parts.exports);
    await Deno.writeFile(`${folder}/plugin.wasm`, wasm);
    const { code, stderr } = await agent.run(["plugin", "register", folder]);
    assert.equal(code, 3, stderr);
    assert.match(stderr, /PLUGIN_MODULE\n {2}what: .*"census"/);
    assert.match(stderr, /"?propose"?/);
    assert.equal(
      (await agent.run(["plugin", "register", `${agent.directory}/in/profile`])).code,
      3,
    );
    assert.deepEqual(await agent.state(), before);
  }));
