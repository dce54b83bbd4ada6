import assert from "node:assert/strict";
import { jsonToClout } from "../../clout/mod.ts";
import type { Instance } from "../../plan/mod.ts";
import type { ObservedSpec } from "../../store/mod.ts";
import { helloGraph, type HelloOptions } from "../../../tests/support/hello_graph.ts";
import type { ServiceState } from "../service_state.ts";
import { waitingForHosts } from "./waiting.ts";

const ref = { namespace: "default", service: "hello" };

function instance(id: string, host: string, parts: Partial<Instance> = {}): Instance {
  const vertex = id.slice(0, id.lastIndexOf("-"));
  const plugin = { plugin: "process", pluginDigest: "sha256:00" };
  const rest = { index: 0, epoch: 1, want: "running", revision: 1, claims: [] } as const;
  return { id, vertex, host, ...plugin, ...rest, ...parts };
}

/** The web server on host `b`, which is dead, and the client on host `a`, which is as `client` says. */
function state(
  web: Partial<Instance>,
  client: Partial<ObservedSpec["items"][number]>,
  { acted = 2, others = [] as readonly Instance[], ...options }: HelloOptions & {
    readonly acted?: number;
    readonly others?: readonly Instance[];
  } = {},
): ServiceState {
  const instances = [instance("client-0", "a"), instance("web-0", "b", web), ...others];
  const item = { id: "client-0", epoch: 1, revision: 1, phase: "ready", attributes: {}, ...client };
  const clout = jsonToClout(JSON.parse(helloGraph(options)));
  return {
    ref,
    asked: { generation: 1, spec: {} },
    graph: { generation: 2, spec: { clout, serviceGeneration: 1, instances } },
    instances,
    observed: new Map([["a", { acted, items: [item], removed: [] }]]),
    away: new Set(["b"]),
  } as unknown as ServiceState;
}

Deno.test("waitingForHosts() names what no other host takes, where all else is as wanted", () => {
  assert.deepEqual(waitingForHosts(state({ stranded: true }, {})), ["web-0"]);
});

Deno.test("waitingForHosts() names what does not start without it too", () => {
  const stranded = { stranded: true } as const;
  assert.deepEqual(waitingForHosts(state(stranded, { phase: "pending" })), ["client-0", "web-0"]);
  assert.deepEqual(waitingForHosts(state(stranded, { outdated: "it waits" })), [
    "client-0",
    "web-0",
  ]);
});

Deno.test("waitingForHosts() is silent while there is more to come", () => {
  const stranded = { stranded: true } as const;
  assert.deepEqual(waitingForHosts(state({}, {})), [], "another host may take it yet");
  assert.deepEqual(waitingForHosts(state(stranded, { phase: "starting" })), []);
  assert.deepEqual(waitingForHosts(state(stranded, { phase: "failed" })), []);
  assert.deepEqual(waitingForHosts(state(stranded, {}, { acted: 1 })), []);
  const going = instance("client-1", "a", { want: "absent" });
  assert.deepEqual(waitingForHosts(state(stranded, {}, { others: [going] })), []);
});
