/** What tests do with the hello service on a simulated host. */
import type { DeployRequest, Progress } from "../../core/agent/mod.ts";
import { helloGraph, type HelloOptions } from "./hello_graph.ts";
import { type Life, type SimulatedHost, uploadOf } from "./simulated_host.ts";

export const helloRef = { namespace: "default", service: "hello" };

export function helloRequest(options: HelloOptions = {}): DeployRequest {
  const files = { "service.yaml": helloGraph(options), "serve.sh": "#!/bin/sh\n" };
  return { ref: helloRef, template: { upload: uploadOf(files) } };
}

/** Deploys and waits until the generation is settled or has failed. */
export async function deployHello(host: SimulatedHost, life: Life, options: HelloOptions = {}) {
  const answer = await host.clock.run(life.agent.useCases.deploy(helloRequest(options)));
  if (answer.problems.some((each) => each.severity === "error")) return { answer };
  return { answer, end: await followed(host, life, answer.generation) };
}

export async function deleteHello(host: SimulatedHost, life: Life) {
  const answer = await host.clock.run(life.agent.useCases.delete(helloRef, {}));
  return { answer, end: await followed(host, life, answer.generation) };
}

/** Follows a generation to its end, and returns its last progress. */
export function followed(
  host: SimulatedHost,
  { agent }: Life,
  generation: number,
): Promise<Progress | undefined> {
  const never = new AbortController().signal;
  return host.clock.run((async () => {
    let last: Progress | undefined;
    for await (const each of agent.useCases.follow(helloRef, generation, never)) last = each;
    return last;
  })());
}

/** Everything on the host that a service may have made: what is there before and after has to be the same. */
export function traces(host: SimulatedHost): string[] {
  return Object.keys(host.files()).filter((path) =>
    !path.startsWith("/state/hosts/") && !path.includes("/template/") && path !== "/own/agent.lock"
  );
}
