import { fail, formatServiceRef, parseEndpoint, type ServiceRef } from "../../base/mod.ts";
import { followsOf, type Instance } from "../../plan/mod.ts";
import type { AttachedProcess, Processes, TerminalWish } from "../../ports/mod.ts";
import type { AgentContext } from "../agent_context.ts";
import type { PeerAddress, Peers } from "./peers.ts";
import { requireService, type ServiceState } from "../service_state.ts";
import type { AttachCommand, AttachElsewhere } from "../use_cases.ts";

/**
 * Returns what other agents are to attach: for an instance that is on another host, or for all of a service's that are and
 * run something of their own.
 */
export async function findElsewhere(
  context: AgentContext,
  ref: ServiceRef,
  instance: string | undefined,
  show: AttachElsewhere["show"],
): Promise<AttachCommand[]> {
  const state = await requireService(context.store, ref);
  const wanted = state.instances.filter((each) =>
    each.want === "running" &&
    (instance === undefined ? isActivity(state, each) : each.id === instance)
  );
  const commands: AttachCommand[] = [];
  for (const { id, host } of wanted) {
    if (host === context.host) continue;
    // Of a whole service, what a dead host had to say cannot be shown; its copies are placed elsewhere.
    if (instance === undefined && context.membership.liveness(host) === "dead") continue;
    const elsewhere = { host: await addressOf(context, ref, id, host), ref, instance: id, show };
    commands.push({ instance: id, argv: [], env: {}, elsewhere });
  }
  return commands;
}

/** Whether any instance of a service that runs something is on this host. */
export async function hasSomethingHere(
  { store, host }: AgentContext,
  ref: ServiceRef,
): Promise<boolean> {
  const state = await requireService(store, ref);
  return state.instances.some((each) => each.host === host && isActivity(state, each));
}

/** Starts a command with its streams here, on whichever host it runs. */
export function attachAnywhere(
  { processes, peers }: { readonly processes: Processes; readonly peers: Peers },
  command: AttachCommand,
  terminal?: TerminalWish,
): AttachedProcess {
  const { elsewhere, argv, env, cwd } = command;
  if (elsewhere === undefined) return processes.attach({ argv, env, cwd, terminal });
  const peer = peers.of(elsewhere.host);
  if (peer.attach) return peer.attach(elsewhere, terminal);
  fail("AGENT_PEER_UNREACHABLE", {
    what: `Cannot ask the agent of host "${elsewhere.host.id}"`,
    where: { host: elsewhere.host.id, subject: elsewhere.instance },
    why: "This agent has no way to other agents",
  });
}

function isActivity({ graph }: ServiceState, { vertex }: Instance): boolean {
  const found = graph?.spec.clout.vertexes.get(vertex);
  return found !== undefined && followsOf(found) === undefined;
}

async function addressOf(
  { store, membership }: AgentContext,
  ref: ServiceRef,
  instance: string,
  host: string,
): Promise<PeerAddress> {
  const spec = await store.host(host).read();
  const api = parseEndpoint(spec?.api ?? "");
  if (api !== undefined && membership.liveness(host) !== "dead") return { id: host, api };
  fail("AGENT_PEER_UNREACHABLE", {
    what: `Cannot reach "${instance}" of service "${formatServiceRef(ref)}"`,
    where: { host, subject: instance },
    why: api === undefined
      ? `It is on host "${host}", whose agent has not said where it is reached`
      : `It is on host "${host}", which is dead`,
    fix: `See: khutulun why ${instance}`,
  });
}
