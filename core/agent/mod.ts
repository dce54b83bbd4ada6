/**
 * What runs on each host: observe, plan, act, report; and the use cases that the API calls.
 *
 * The agent decides nothing that a plan does not say, and touches the world through `ports/` alone. A request becomes a
 * draft and is written (`deploy/`), and a pass over the service (`pass/`) makes the host so. A plan that is printed and
 * one that is carried out come from the same questions to plugins (`pass/host_planner.ts`) about the same items
 * (`items/`).
 *
 * - `deploy/`: from what is asked to a graph in the state, with its claims and its history.
 * - `items/`: what plugins are told of a service on this host.
 * - `pass/`: the loop that makes a host as the graphs say, what it has observed, and what it takes away.
 * - `plugins/`: calls of plugins, within what each of them may do.
 * - `packages/`: templates, profiles and plugins that are registered, and the language that they are written in.
 * - `hosts/`: seed and join, agents of other hosts, isolation, the fence, failover; `members/` who is alive; `fleet/` what a
 *   person does with hosts.
 * - `trust/`: certificates, tokens, keys, secrets and the audit log of this host.
 * - `show/`: what people ask: lists, `why`, `doctor`, events.
 * - `install/`: the agent as a unit.
 *
 *     await seedCluster(ports, options, { name: "home", address: "127.0.0.1" }, embedded);
 *     const agent = await createAgent(ports, options, toscaLanguage());
 *     await Promise.all([agent.run(signal), serve(agent.useCases)]);
 */
export { createAgent } from "./create_agent.ts";
export type { EvaluationPlace } from "./items/items.ts";
export type { Language, ProfileFiles } from "./packages/language.ts";
export { toscaLanguage } from "./packages/tosca_language.ts";
export { joinCluster, type JoinOptions } from "./hosts/join.ts";
export { chooseOwnAddress } from "./hosts/own_address.ts";
export {
  checkSeed,
  registerEmbedded,
  seedCluster,
  type Seeded,
  seedingNote,
} from "./hosts/seed.ts";
export type { Agent, AgentOptions, AgentPorts, Embedded, SeedOptions } from "./agent_ports.ts";
export {
  type HostPlanRequest,
  type PeerAddress,
  type Peers,
  type PeerUseCases,
  unreachablePeers,
} from "./hosts/peers.ts";
export type { Hint, MemberFacts, Membership } from "./members/membership.ts";
export {
  HostTrust,
  joinByToken,
  type JoinDoor,
  openTrust,
  takeUp,
  type TokenJoin,
  type TrustOwner,
} from "./trust/mod.ts";
export type * from "./trust/trust_use_cases.ts";
export type * from "./use_cases.ts";
