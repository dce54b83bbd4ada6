/** What tests do with the hello service on a simulated host. */
import type { Agent, DeployRequest, Progress, UseCases } from "../../core/agent/mod.ts";
import { helloGraph, type HelloOptions } from "./hello_graph.ts";
import { type Life, type SimulatedHost, uploadOf } from "./simulated_host.ts";

export const helloRef = { namespace: "default", service: "hello" };

export function helloRequest(options: HelloOptions = {}): DeployRequest {
  const files = { "service.yaml": helloGraph(options), "serve.sh": "#!/bin/sh\n" };
  return { ref: helloRef, template: { upload: uploadOf(files) } };
}

/** Deploys and waits until the generation is settled or has failed. Whoever calls drives the clock. */
export async function deployAndFollow({ useCases }: Agent, options: HelloOptions = {}) {
  const answer = await useCases.deploy(helloRequest(options));
  if (answer.problems.some((each) => each.severity === "error")) return { answer };
  return { answer, end: await follow(useCases, answer.generation) };
}

export async function deleteAndFollow({ useCases }: Agent) {
  const answer = await useCases.delete(helloRef, {});
  return { answer, end: await follow(useCases, answer.generation) };
}

export async function follow(
  useCases: UseCases,
  generation: number,
): Promise<Progress | undefined> {
  let last: Progress | undefined;
  const never = new AbortController().signal;
  for await (const each of useCases.follow(helloRef, generation, never)) last = each;
  return last;
}

export function deployHello(host: SimulatedHost, { agent }: Life, options: HelloOptions = {}) {
  return host.clock.run(deployAndFollow(agent, options));
}

export function deleteHello(host: SimulatedHost, { agent }: Life) {
  return host.clock.run(deleteAndFollow(agent));
}

/** Everything on the host that a service may have made: what is there before and after has to be the same. */
export function traces(host: SimulatedHost): string[] {
  return Object.keys(host.files()).filter((path) =>
    !path.startsWith("/state/hosts/") && !path.includes("/template/") &&
    path !== "/own/agent.lock" && !isTemporary(path)
  );
}

/** What a killed writer leaves in the state is swept by later writers: the store's own tests hold it to that. */
function isTemporary(path: string): boolean {
  return path.startsWith("/state/") && path.endsWith(".tmp");
}
