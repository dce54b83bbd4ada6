import { deepEqual, equal } from "node:assert/strict";
import { type Agent, toscaLanguage } from "../../core/agent/mod.ts";
import { SimulatedHost, uploadOf } from "../support/simulated_host.ts";
import { traces } from "../support/simulated_service.ts";
import { readTree } from "../tosca/corpus.ts";

const root = new URL("../..", import.meta.url).pathname;
const ref = { namespace: "default", service: "shop" };
const head = `tosca_definitions_version: tosca_2_0
imports:
  - profile: org.khutulun:1.0
`;

/** What the shop wants and what a template offers have to speak of one type: it comes from a profile of both. */
const profile = `${head}profile: shop:1.0
node_types:
  Backend:
    properties: { greeting: { type: string } }
    attributes: { port: { type: integer } }
    capabilities: { connectable: Connectable }
    requirements:
      - storage: { capability: Usable, node: Directory, relationship: Uses }
`;

const shop = `${head}  - profile: shop:1.0
service_template:
  inputs: { greeting: { type: string, default: hello } }
  node_templates:
    client:
      type: Process
      properties:
        command: [ client ]
        environment:
          SERVER_PORT: { $text: [ { $get_attribute: [ SELF, RELATIONSHIP, connection, TARGET, port ] } ] }
      requirements:
        - connection: backend
    backend:
      type: Backend
      directives: [ substitute ]
      properties: { greeting: { $get_input: greeting } }
      requirements:
        - storage: data
    data: { type: Directory }
  outputs:
    port: { value: { $get_attribute: [ backend, port ] } }
`;

const machine = `${head}  - profile: shop:1.0
service_template:
  inputs: { words: { type: string } }
  node_templates:
    http: { type: Port }
    web:
      type: Process
      artifacts: { serve: { type: Script, file: serve.sh } }
      properties:
        command: [ web, { $get_artifact: [ SELF, serve ] } ]
        environment:
          GREETING: { $get_input: words }
          PORT: { $text: [ { $get_attribute: [ http, port ] } ] }
          DATA: { $get_attribute: [ SELF, RELATIONSHIP, directory, TARGET, path ] }
      requirements:
        - port: http
        - directory: {}
  outputs:
    port: { value: { $get_attribute: [ http, port ] } }
  substitution_mappings:
    node_type: Backend
    properties: { greeting: words }
    attributes: { port: port }
    capabilities: { connectable: [ web, connectable ] }
    requirements:
      - storage: [ web, directory ]
`;

async function follow({ useCases }: Agent, generation: number): Promise<string | undefined> {
  let last: string | undefined;
  const never = new AbortController().signal;
  for await (const each of useCases.follow(ref, generation, never)) last = each.kind;
  return last;
}

async function shopHost() {
  const files = await readTree(`${root}/profiles/org.khutulun/1.0`);
  const profiles = new Map([["org.khutulun:1.0", files]]);
  const host = await SimulatedHost.seeded({}, {}, profiles);
  host.language = toscaLanguage();
  const life = await host.start();
  const { useCases } = life.agent;
  const where = { namespace: "default" };
  await host.clock.run(useCases.register("profile", uploadOf({ "profile.yaml": profile }), where));
  return { host, life, useCases, where };
}

Deno.test("deploy() runs the nodes of a template that stands in for a node, and removes them", async () => {
  const { host, life, useCases, where } = await shopHost();
  const registered = await host.clock.run(useCases.register(
    "template",
    uploadOf({ "machine.yaml": machine, "serve.sh": "#!/bin/sh\n" }),
    { ...where, name: "machine" },
  ));
  deepEqual(registered.problems.filter((each) => each.severity === "error"), []);
  const before = traces(host);
  const upload = uploadOf({ "shop.yaml": shop });
  const answer = await host.clock.run(useCases.deploy({ ref, template: { upload } }));
  deepEqual(answer.problems.filter((each) => each.severity === "error"), []);
  equal(await host.clock.run(follow(life.agent, answer.generation)), "settled");
  const views = await host.clock.run(useCases.instances({}));
  deepEqual(views.map(({ id, type, phase }) => [id, type, phase]), [
    ["backend.http-0", "Port", "ready"],
    ["backend.web-0", "Process", "ready"],
    ["client-0", "Process", "ready"],
    ["data-0", "Directory", "ready"],
  ]);
  const [port] = views[0].claims.map((each) => each.slice("tcp/".length));
  const running = host.machine.running().map(({ argv, env }) => [argv[0], env]);
  deepEqual(running, [
    ["web", { GREETING: "hello", PORT: port, DATA: "/own/data/khutulun.shop.data-0" }],
    ["client", { SERVER_PORT: port }],
  ]);
  const [web] = host.machine.running();
  equal(host.files()[web.argv[1]], "#!/bin/sh\n");
  deepEqual(await host.clock.run(useCases.outputs(ref)), { port: Number(port) });
  const again = await host.clock.run(useCases.deploy({ ref, template: { upload } }));
  equal(again.changed, false);

  const gone = await host.clock.run(useCases.delete(ref, {}));
  equal(await host.clock.run(follow(life.agent, gone.generation)), "settled");
  deepEqual(host.machine.running(), []);
  await life.stop();
  deepEqual(traces(host), before);
});

Deno.test("deploy() says what is missing where no template stands in for a node", async () => {
  const { host, life, useCases } = await shopHost();
  const upload = uploadOf({ "shop.yaml": shop });
  const answer = await host.clock.run(useCases.deploy({ ref, template: { upload } }));
  deepEqual(answer.problems.map(({ code }) => code), ["TOSCA_SUBSTITUTE"]);
  await life.stop();
});

Deno.test("deploy() finds stand-ins in the same package, where its TOSCA.meta names them", async () => {
  const { host, life, useCases } = await shopHost();
  const upload = uploadOf({
    "TOSCA.meta":
      "CSAR-Version: 2.0\nCreated-By: us\nEntry-Definitions: shop.yaml\nOther-Definitions: subs/machine.yaml\n",
    "shop.yaml": shop,
    "subs/machine.yaml": machine,
    "subs/serve.sh": "#!/bin/sh\n",
  });
  const answer = await host.clock.run(useCases.deploy({ ref, template: { upload } }));
  deepEqual(answer.problems.filter((each) => each.severity === "error"), []);
  equal(await host.clock.run(follow(life.agent, answer.generation)), "settled");
  deepEqual(host.machine.running().map(({ argv }) => argv[0]), ["web", "client"]);
  await life.stop();
});
