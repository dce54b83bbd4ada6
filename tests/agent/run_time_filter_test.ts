import { deepEqual, equal } from "node:assert/strict";
import { type Agent, toscaLanguage } from "../../core/agent/mod.ts";
import { SimulatedHost, uploadOf } from "../support/simulated_host.ts";
import { readTree } from "../tosca/corpus.ts";

const root = new URL("../..", import.meta.url).pathname;
const ref = { namespace: "default", service: "shop" };

/** Which port is reserved is known only once it is. */
const template = (limit: number) =>
  `tosca_definitions_version: tosca_2_0
imports: [ { profile: "org.khutulun:1.0" } ]
service_template:
  node_templates:
    http: { type: Port }
    web:
      type: Process
      properties: { command: [ web ] }
      requirements:
        - port: { node_filter: { $greater_than: [ { $get_attribute: [ SELF, TARGET, port ] }, ${limit} ] } }
`;

async function follow({ useCases }: Agent, generation: number): Promise<void> {
  const never = new AbortController().signal;
  for await (const _ of useCases.follow(ref, generation, never));
}

Deno.test("service() tells which targets their node filters do not admit, once that is known", async () => {
  const files = await readTree(`${root}/profiles/org.khutulun/1.0`);
  const host = await SimulatedHost.seeded({}, {}, new Map([["org.khutulun:1.0", files]]));
  host.language = toscaLanguage();
  const { agent, stop } = await host.start();
  const { useCases } = agent;
  const seen: string[][] = [];
  for (const limit of [70_000, 1]) {
    const upload = uploadOf({ "shop.yaml": template(limit) });
    const answer = await host.clock.run(useCases.deploy({ ref, template: { upload } }));
    deepEqual(answer.problems.map(({ code, severity }) => [code, severity]), [
      ["TOSCA_FILTER_WAITS", "warning"],
    ]);
    await host.clock.run(follow(agent, answer.generation));
    const view = await host.clock.run(useCases.service(ref));
    seen.push(view.problems.map(({ code }) => code));
  }
  deepEqual(seen, [["AGENT_FILTER_NOT_TRUE"], []]);
  equal(host.machine.running().length, 1);
  await stop();
});
